import HindsightCore

/// One promise of the event log, in the form of a check that any engine can be held to.
///
/// A test target runs them all, each by name, under whatever test framework it uses. Once the engine has said how its logs are opened
/// (see ``EventLogEngine``), it enrols in one line:
/// ```swift
/// @Test("keeps every promise", arguments: EventLogCheck.all)
/// func conforms(_ check: EventLogCheck) async throws { try await check.run(on: .memory) }
/// ```
public struct EventLogCheck: Sendable, CustomStringConvertible {
    /// The promise, as a sentence.
    public let name: String
    private let body: @Sendable (LogUnderCheck) async throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (LogUnderCheck) async throws -> Void) {
        self.name = name
        self.body = body
    }

    public var description: String { name }

    /// Runs the check on a log of its own.
    ///
    /// - Throws: ``CheckFailure`` if the promise is broken, or the error that the log gave where it should have given none.
    public func run(on engine: EventLogEngine) async throws {
        try await engine.withLog(body)
    }

    /// Every promise, in the order of the protocol.
    public static let all: [EventLogCheck] =
        appending + sharing + repeating + keeping + limits + timing + reading + pages + replaying + longLogs + conditions + leases + waiting
        + importing
}

/// A broken promise: what was found instead, and where in the check.
public struct CheckFailure: Error, Sendable, CustomStringConvertible {
    public let reason: String
    public let file: String
    public let line: UInt

    public var description: String { "\(reason) (\(file):\(line))" }
}
