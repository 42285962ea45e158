package import HindsightCore
package import HindsightSchemas

/// Who may write what: what stands between a raw append and the log.
///
/// Streams of a domain take only the facts that services may state, by their schemas, and only if the domain doesn't refuse them.
/// Everything else belongs to the users, except types with a domain's prefix and the engine's own events and streams.
package struct AppendGate: Sendable {
    private let domains: [Domain]
    private let schemas: SchemaCatalog

    package init(domains: [Domain], schemas: SchemaCatalog) {
        self.domains = domains
        self.schemas = schemas
    }

    /// The domain that owns the stream; `nil` for streams of the users' own.
    package func owner(of stream: StreamName) -> Domain? {
        domains.first { $0.categories.contains(stream.category) }
    }

    /// Checks what can be said about an event without reading the log.
    package func check(_ event: NewEvent, to stream: StreamName) throws(AppendRefusal) {
        guard !event.type.description.hasBytePrefix(BuiltIn.enginePrefix) else { throw .engineEvent(event.type) }
        guard !BuiltIn.engineCategories.contains(stream.category.description) else { throw .engineStream(stream) }
        let owner = owner(of: stream)
        if let domain = domains.first(where: { event.type.description.hasBytePrefix($0.typePrefix) }), domain.name != owner?.name {
            throw .foreignPrefix(event.type, domain: domain.name, categories: domain.categories.map(\.description))
        }
        guard let owner else { return }
        try check(event, in: owner, category: stream.category)
    }

    private func check(_ event: NewEvent, in domain: Domain, category: Category) throws(AppendRefusal) {
        let versions = schemas.versions(of: event.type)
        guard event.type.description.hasBytePrefix(domain.typePrefix), !versions.isEmpty else {
            throw .unknownType(event.type, category: category, domain: domain.name, facts: facts(of: domain))
        }
        guard let schema = schemas.schema(of: event.type, version: event.schemaVersion) else {
            throw .unknownVersion(event.type, version: event.schemaVersion, known: versions)
        }
        guard schema.writtenBy == .service else { throw .decision(event.type, domain: domain.name) }
        let data: JSONValue
        do {
            data = try event.data.decoded(as: JSONValue.self)
        } catch {
            throw .brokenSchema(event.type, pointer: "/data", reason: "cannot be read: \(error)")
        }
        if let violation = schema.violations(in: data).first {
            throw .brokenSchema(event.type, pointer: "/data" + violation.pointer, reason: violation.message)
        }
    }

    private func facts(of domain: Domain) -> [EventType] {
        schemas.all.filter { $0.writtenBy == .service && $0.type.description.hasBytePrefix(domain.typePrefix) }.map(\.type)
    }

    /// Appends one event that has passed ``check(_:to:)``, asking the stream's domain first.
    package func append(
        _ event: NewEvent, to stream: StreamName, expecting expected: ExpectedVersion, in log: some EventLog
    ) async throws -> AppendReceipt {
        do {
            return try await append(Append([StreamWrite([event], to: stream, expecting: expected)]), in: log)
        } catch let refused as RefusedFact {
            throw refused.refusal
        }
    }

    /// Appends what has passed ``check(_:to:)`` event by event, asking the domain of each stream that has one first.
    ///
    /// A domain's word holds for the version it was given at: if anybody comes between, it is asked again. Events that are in the log
    /// already are answered before anybody is asked.
    /// - Throws: ``RefusedFact``; what the log throws.
    package func append(_ batch: Append, in log: some EventLog) async throws -> AppendReceipt {
        let streams = ownedStreams(of: batch)
        guard !streams.isEmpty, let first = batch.writes.first?.events.first, try await log.position(of: first.id) == nil else {
            return try await log.append(batch)
        }
        while true {
            var admitted = batch
            var versions: [StreamName: StreamVersion] = [:]
            for stream in streams {
                let version = try await log.version(of: stream)
                versions[stream] = version
                // The first write to a stream is the one whose expectation is about what is there.
                guard let write = batch.writes.firstIndex(where: { $0.stream == stream }) else { continue }
                guard batch.writes[write].expected.admits(version) else {
                    throw EventLogError.versionConflict(stream: stream, expected: batch.writes[write].expected, actual: version)
                }
                try await askDomain(of: stream, about: batch, in: log)
                admitted.writes[write].expected = .exactly(version)
            }
            do {
                return try await log.append(admitted)
            } catch {
                // Our own expectation failed, not the writer's: somebody came between, and the writer allows for that.
                guard case .versionConflict(let stream, .exactly(let version), let actual) = error, versions[stream] == version,
                    batch.writes.first(where: { $0.stream == stream })?.expected.admits(actual) == true
                else { throw error }
            }
        }
    }

    /// In the order in which the batch first writes to them.
    private func ownedStreams(of batch: Append) -> [StreamName] {
        batch.writes.map(\.stream).reduce(into: []) { streams, stream in
            if owner(of: stream) != nil, !streams.contains(stream) { streams.append(stream) }
        }
    }

    private func askDomain(of stream: StreamName, about batch: Append, in log: some EventLog) async throws {
        guard let domain = owner(of: stream) else { return }
        var facts: [(write: Int, event: Int, fact: NewEvent)] = []
        for (write, content) in batch.writes.enumerated() where content.stream == stream {
            facts += content.events.enumerated().map { (write, $0.offset, $0.element) }
        }
        guard let refusal = try await domain.refusal(facts.map(\.fact), stream, log) else { return }
        let refused = facts[refusal.index]
        throw RefusedFact(
            write: refused.write, event: refused.event, refusal: .refused(refused.fact.type, reason: refusal.reason))
    }
}

/// Which event of an append its domain has refused.
package struct RefusedFact: Error, Sendable, Equatable {
    /// Among the writes of the append.
    package let write: Int
    /// Among the events of the write.
    package let event: Int
    package let refusal: AppendRefusal
}
