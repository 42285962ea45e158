import HindsightCore
import Synchronization

/// A new log with its clock, and short ways to fill and to question it.
final class LogUnderCheck: Sendable {
    static let start = Timestamp(microsecondsSince1970: 1_767_225_600_000_000)

    let log: any EventLog
    let clock: AdjustableClock
    private let openings: Openings
    private let made = Mutex(0)

    init(log: any EventLog, clock: AdjustableClock, openings: Openings) {
        self.log = log
        self.clock = clock
        self.openings = openings
    }

    /// Opens the same log once more, as another process would.
    func openAgain() async throws -> any EventLog { try await openings.open() }

    /// Closes whatever is open; from then on only a log that ``openAgain()`` gives can be used.
    func closeAll() async throws { try await openings.closeAll() }

    /// An event with an id of its own.
    func event(
        _ type: EventType = "check.happened", occurredAt: Timestamp? = nil, data: String = "{}", metadata: String = "{}",
        tags: [String] = []
    ) throws -> NewEvent {
        let number = made.withLock { number in
            number += 1
            return UInt64(number)
        }
        let entropy = withUnsafeBytes(of: (UInt16(0), number.bigEndian)) { Array($0.prefix(2)) + Array($0.suffix(8)) }
        return NewEvent(
            id: .version7(at: Self.start, entropy: entropy), type: type, occurredAt: occurredAt, data: try JSONText(object: data),
            metadata: try JSONText(object: metadata), tags: try tags.map { try Tag($0) })
    }

    func events(_ count: Int) throws -> [NewEvent] { try (0..<count).map { _ in try event() } }

    @discardableResult
    func append(_ events: [NewEvent], to stream: String, expecting expected: ExpectedVersion = .any) async throws -> AppendReceipt {
        try await log.append(events, to: StreamName(stream), expecting: expected)
    }

    func everything() async throws -> [RecordedEvent] { try await log.all(EventSelection(limit: .max)) }

    func head() async throws -> Position { try await log.head().position }

    func version(of stream: String) async throws -> StreamVersion { try await log.version(of: StreamName(stream)) }
}

extension EventLog {
    /// All selected events, read page by page.
    func all(_ selection: EventSelection) async throws -> [RecordedEvent] {
        var found: [RecordedEvent] = []
        for try await event in events(selection) { found.append(event) }
        return found
    }
}

func expect(_ holds: Bool, _ reason: @autoclosure () -> String, file: String = #fileID, line: UInt = #line) throws {
    guard holds else { throw CheckFailure(reason: reason(), file: file, line: line) }
}

func expectEqual<Value: Equatable>(
    _ actual: Value, _ expected: Value, _ what: String, file: String = #fileID, line: UInt = #line
) throws {
    guard actual != expected else { return }
    throw CheckFailure(reason: "\(what): \(actual) instead of \(expected)", file: file, line: line)
}

/// Expects that `body` is refused with an error that `matches`.
func expectRefusal(
    _ what: String, _ matches: (EventLogError) -> Bool, file: String = #fileID, line: UInt = #line, of body: () async throws -> some Any
) async throws {
    do {
        let answer = try await body()
        throw CheckFailure(reason: "\(what): accepted with \(answer)", file: file, line: line)
    } catch let error as EventLogError {
        guard matches(error) else { throw CheckFailure(reason: "\(what): refused with \"\(error)\"", file: file, line: line) }
    }
}

func expectRefusal(
    _ what: String, _ expected: EventLogError, file: String = #fileID, line: UInt = #line, of body: () async throws -> some Any
) async throws {
    try await expectRefusal("\(what), expected \"\(expected)\"", { $0 == expected }, file: file, line: line, of: body)
}
