package import HindsightCore

/// Reads every event of a log as the code of this program would, before a release has to.
///
/// What belongs to the built-in domains and the engine has to be known and readable. Types of the users' own, in streams of their own, are
/// counted and left alone. Nothing that is told holds a value of any event: positions, names, pointers and reasons only.
package struct DecodingCheck {
    package struct Report: Sendable, Equatable {
        /// How many events were looked at.
        package internal(set) var events: Int64 = 0
        /// Those of the users' own types.
        package internal(set) var usersOwn: Int64 = 0
        /// Those of known types whose data was erased: nothing is left to read.
        package internal(set) var erased: Int64 = 0
        /// Those that were recorded in an older version, and read.
        package internal(set) var upcast: Int64 = 0
        /// Those that this program cannot read.
        package internal(set) var unreadable: Int64 = 0
        /// The kinds of trouble, and of upcasting, in the order in which they were met first; at most ``DecodingCheck/mostFindings``.
        package internal(set) var findings: [Finding] = []
    }

    /// What is the same about some events.
    package struct Finding: Sendable, Equatable, Encodable {
        package enum Area: String, Sendable, Encodable {
            /// A type that this program does not know, where only known ones belong.
            case types
            /// A known type, in a schema version that this program does not read.
            case versions
            /// A known type and version, and data that is not of it.
            case data
            /// Readable, through upcasters.
            case upcasting
        }

        package enum Severity: String, Sendable, Encodable { case error, note }

        package let area: Area
        package let severity: Severity
        package let type: EventType
        package let schemaVersion: Int
        /// JSON pointer into the event.
        package let pointer: String
        package let reason: String
        package fileprivate(set) var events: Int64 = 0
        /// The first ones.
        package fileprivate(set) var positions: [Position] = []
        /// Of the first event.
        package var position: Position { positions[0] }

        /// The finding in one line, without its positions.
        package var problem: String { "\(type) version \(schemaVersion): \(pointer) \(reason)" }
    }

    package static let mostFindings = 1_000
    package static let mostPositions = 20
    private static let pageSize: Int64 = 5_000

    private struct Trouble: Hashable {
        let area: Finding.Area
        let type: EventType
        let schemaVersion: Int
        let pointer: String
        let reason: String
    }

    private let kinds: [EventKind]
    private let places: [EventType: Int]
    private let prefixes: [String]
    /// Who owns the streams of a category.
    private let owners: [String: String]
    private var known = KindIndices()
    private var placesOfTrouble: [Trouble: Int] = [:]
    private var report = Report()

    private init(kinds: [EventKind], domains: [Domain]) {
        self.kinds = kinds
        places = Dictionary(uniqueKeysWithValues: kinds.enumerated().map { ($0.element.type, $0.offset) })
        prefixes = [BuiltIn.enginePrefix] + domains.map(\.typePrefix)
        var owners = Dictionary(uniqueKeysWithValues: BuiltIn.engineCategories.map { ($0, "the engine") })
        for domain in domains {
            for category in domain.categories { owners[category.description] = domain.name }
        }
        self.owners = owners
    }

    /// Looks at the whole log, up to the head that it has when this begins.
    ///
    /// - Parameters:
    ///   - kinds: What this program knows.
    ///   - domains: To whom prefixes and categories belong.
    ///   - progress: Called with the position reached and the head.
    /// - Throws: What keeps the log from being read.
    package static func run(
        _ log: some EventLog, kinds: [EventKind] = BuiltIn.eventKinds, domains: [Domain] = BuiltIn.domains,
        progress: (_ reached: Position, _ head: Position) -> Void = { _, _ in }
    ) async throws -> Report {
        var check = DecodingCheck(kinds: kinds, domains: domains)
        let head = try await log.head().position
        try await log.scan(EventSelection(until: head, limit: Int(pageSize))) { event in
            check.accept(event)
            if event.position % pageSize == 0 { progress(event.position, head) }
        }
        progress(head, head)
        return check.report
    }

    private mutating func accept(_ event: borrowing BorrowedEvent) {
        report.events += 1
        guard let place = known.index(of: event, in: { places[$0] }) else { return acceptUnknown(event) }
        let kind = kinds[place]
        guard kind.readableVersions.contains(event.schemaVersion) else {
            let reason = UnreadableEvent.reason(forVersion: event.schemaVersion, outside: kind.readableVersions)
            return add(event, .versions, "/schemaVersion", reason)
        }
        guard event.encoding == 0 else { return add(event, .data, "/encoding", "\(event.encoding) is unknown") }
        guard let data = event.data else {
            report.erased += 1
            return
        }
        if let trouble = kind.trouble(reading: data, version: event.schemaVersion) {
            return add(event, .data, trouble.pointer, trouble.reason)
        }
        if event.schemaVersion != kind.readableVersions.upperBound {
            add(event, .upcasting, "/schemaVersion", "is brought to version \(kind.readableVersions.upperBound) whenever it is read")
        }
    }

    private mutating func acceptUnknown(_ event: borrowing BorrowedEvent) {
        if let prefix = prefixes.first(where: event.type.description.hasBytePrefix) {
            add(event, .types, "/type", "is unknown, and types that begin with \(prefix) have to be known")
        } else if let owner = owners[event.stream.category.description] {
            let category = event.stream.category
            add(event, .types, "/type", "is unknown in streams of category \(category), which belongs to \(owner)")
        } else {
            report.usersOwn += 1
        }
    }

    private mutating func add(_ event: borrowing BorrowedEvent, _ area: Finding.Area, _ pointer: String, _ reason: String) {
        if area == .upcasting { report.upcast += 1 } else { report.unreadable += 1 }
        let trouble = Trouble(area: area, type: event.type, schemaVersion: event.schemaVersion, pointer: pointer, reason: reason)
        let place: Int
        if let known = placesOfTrouble[trouble] {
            place = known
        } else {
            guard report.findings.count < Self.mostFindings else { return }
            place = report.findings.count
            placesOfTrouble[trouble] = place
            report.findings.append(
                Finding(
                    area: area, severity: area == .upcasting ? .note : .error, type: event.type, schemaVersion: event.schemaVersion,
                    pointer: pointer, reason: reason))
        }
        report.findings[place].events += 1
        if report.findings[place].positions.count < Self.mostPositions { report.findings[place].positions.append(event.position) }
    }
}

extension DecodingCheck.Finding {
    private enum CodingKeys: String, CodingKey {
        case area, severity, type, schemaVersion, pointer, reason, events, positions, position, problem
    }

    /// With `position` and `problem` too, which every finding of a check has.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(area, forKey: .area)
        try container.encode(severity, forKey: .severity)
        try container.encode(type, forKey: .type)
        try container.encode(schemaVersion, forKey: .schemaVersion)
        try container.encode(pointer, forKey: .pointer)
        try container.encode(reason, forKey: .reason)
        try container.encode(events, forKey: .events)
        try container.encode(positions, forKey: .positions)
        try container.encode(position, forKey: .position)
        try container.encode(problem, forKey: .problem)
    }
}
