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
        guard !event.type.description.hasPrefix("hindsight.") else { throw .engineEvent(event.type) }
        guard !BuiltIn.engineCategories.contains(stream.category.description) else { throw .engineStream(stream) }
        let owner = owner(of: stream)
        if let domain = domains.first(where: { event.type.description.hasPrefix($0.typePrefix) }), domain.name != owner?.name {
            throw .foreignPrefix(event.type, domain: domain.name, categories: domain.categories.map(\.description))
        }
        guard let owner else { return }
        try check(event, in: owner, category: stream.category)
    }

    private func check(_ event: NewEvent, in domain: Domain, category: Category) throws(AppendRefusal) {
        let versions = schemas.versions(of: event.type)
        guard event.type.description.hasPrefix(domain.typePrefix), !versions.isEmpty else {
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
        schemas.all.filter { $0.writtenBy == .service && $0.type.description.hasPrefix(domain.typePrefix) }.map(\.type)
    }

    /// Appends one event that has passed ``check(_:to:)``, asking the stream's domain first.
    ///
    /// The domain's word holds for the version it was given at: if anybody comes between, it is asked again. An event that is in the log
    /// already is answered before it is asked at all.
    package func append(
        _ event: NewEvent, to stream: StreamName, expecting expected: ExpectedVersion, in log: some EventLog
    ) async throws -> AppendReceipt {
        guard let domain = owner(of: stream) else { return try await log.append([event], to: stream, expecting: expected) }
        while true {
            let version: StreamVersion
            do {
                // No stream is at this version, so only a repeat is answered, and anything else learns the version.
                return try await log.append([event], to: stream, expecting: .exactly(.max))
            } catch {
                guard case .versionConflict(_, _, let actual) = error else { throw error }
                version = actual
            }
            guard expected.admits(version) else {
                throw EventLogError.versionConflict(stream: stream, expected: expected, actual: version)
            }
            if let reason = try await domain.refusal(event, stream, log) { throw AppendRefusal.refused(event.type, reason: reason) }
            do {
                return try await log.append([event], to: stream, expecting: .exactly(version))
            } catch {
                guard error.isConflict, expected == .any || expected == .exists else { throw error }
            }
        }
    }
}
