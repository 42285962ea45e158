package import HindsightCore
import HindsightRuntime

/// Appends lines of NDJSON to one stream, in order; lines that arrive together share a commit.
package struct LineAppender {
    /// A line of input, without its end.
    package struct Line: Sendable {
        /// 1, 2, 3…
        package let number: Int
        package let bytes: [UInt8]

        package init(number: Int, bytes: [UInt8]) {
            self.number = number
            self.bytes = bytes
        }
    }

    /// The log's word that the event of a line is stored for good.
    package struct Acknowledgement: Sendable, Equatable, Encodable {
        package let line: Int
        package let stream: StreamName
        package let version: StreamVersion
        package let position: Position
        package let id: EventID
        package let recordedAt: Timestamp
        /// Whether it had been stored before.
        package let isRepeat: Bool

        package func encode(to encoder: any Encoder) throws {
            enum Keys: String, CodingKey { case stream, version, position, id, recordedAt, `repeat` }
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(stream, forKey: .stream)
            try container.encode(version, forKey: .version)
            try container.encode(position, forKey: .position)
            try container.encode(id, forKey: .id)
            try container.encode(recordedAt, forKey: .recordedAt)
            if isRepeat { try container.encode(true, forKey: .repeat) }
        }
    }

    /// Appends events to the stream, or finds that they were appended before.
    package typealias Store = @Sendable ([NewEvent], ExpectedVersion) async throws -> AppendReceipt

    private let gate: AppendGate
    private let store: Store
    private let stream: StreamName
    private let clock: any WallClock
    private let identities: any IdentitySource
    /// Of the next line.
    private var expected: ExpectedVersion

    package init(
        to stream: StreamName, expecting expected: ExpectedVersion, log: any EventLog, gate: AppendGate, clock: any WallClock
    ) {
        self.init(to: stream, expecting: expected, gate: gate, clock: clock) { events, expected in
            try await gate.append(Append([StreamWrite(events, to: stream, expecting: expected)]), in: log)
        }
    }

    /// - Parameter store: What becomes of events that have passed the gate's check.
    package init(
        to stream: StreamName, expecting expected: ExpectedVersion, gate: AppendGate, clock: any WallClock,
        identities: any IdentitySource = RandomIdentities(), store: @escaping Store
    ) {
        self.stream = stream
        self.expected = expected
        self.gate = gate
        self.store = store
        self.clock = clock
        self.identities = identities
    }

    /// Appends the lines up to the first bad one.
    ///
    /// - Parameter acknowledge: Called for each event, in order, once it is durable.
    /// - Throws: ``LineError`` for the first line that is bad or could not be stored; the lines before it are stored.
    package mutating func append(_ lines: [Line], acknowledge: (Acknowledgement) throws -> Void) async throws {
        var events: [(line: Int, event: NewEvent)] = []
        var failure: LineError?
        for line in lines where !line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) {
            do {
                let event = try EventLine.parse(line.bytes) { identities.eventID(in: stream, version: 0, at: clock.now()) }
                try gate.check(event, to: stream)
                events.append((line.number, event))
            } catch {
                failure = LineError(line: line.number, cause: error)
                break
            }
        }
        try await store(events, acknowledge: acknowledge)
        if let failure { throw failure }
    }

    private mutating func store(
        _ events: [(line: Int, event: NewEvent)], acknowledge: (Acknowledgement) throws -> Void
    ) async throws {
        if events.count > 1, let receipt = await storeTogether(events.map(\.event)) {
            for (index, (line, event)) in events.enumerated() {
                let before = Int64(events.count - 1 - index)
                try acknowledge(acknowledgement(of: event, line, receipt, before: before))
            }
            return
        }
        for (line, event) in events {
            let receipt: AppendReceipt
            do {
                receipt = try await storeAlone(event)
            } catch {
                throw LineError(line: line, cause: error)
            }
            try acknowledge(acknowledgement(of: event, line, receipt, before: 0))
        }
    }

    /// One append for all; `nil` if it failed or told of earlier ones: then each event gets an answer of its own.
    private mutating func storeTogether(_ events: [NewEvent]) async -> AppendReceipt? {
        do {
            let receipt = try await store(events, expected)
            guard !receipt.isRepeat else { return nil }
            advance(past: receipt)
            return receipt
        } catch {
            // The single appends meet the same error, with a line to name; the ids make sure that nothing is stored twice.
            return nil
        }
    }

    private mutating func storeAlone(_ event: NewEvent) async throws -> AppendReceipt {
        let receipt: AppendReceipt
        do {
            receipt = try await store([event], expected)
        } catch EventLogError.outcomeUnknown {
            receipt = try await store([event], expected)
        } catch let refused as RefusedFact {
            throw refused.refusal
        }
        advance(past: receipt)
        return receipt
    }

    /// A fixed expectation goes on from the events stored; a free one stays free.
    private mutating func advance(past receipt: AppendReceipt) {
        switch expected {
        case .any, .exists: break
        case .none, .exactly: expected = .exactly(receipt.streams.last?.version ?? 0)
        }
    }

    private func acknowledgement(of event: NewEvent, _ line: Int, _ receipt: AppendReceipt, before: Int64) -> Acknowledgement {
        Acknowledgement(
            line: line, stream: stream, version: (receipt.streams.last?.version ?? 0) - before, position: receipt.lastPosition - before,
            id: event.id, recordedAt: receipt.recordedAt, isRepeat: receipt.isRepeat)
    }
}

/// A line that could not be appended; everything before it is in the log.
package struct LineError: Error, CustomStringConvertible {
    package let line: Int
    package let cause: any Error

    package init(line: Int, cause: any Error) {
        self.line = line
        self.cause = cause
    }

    package var description: String { "line \(line): \(cause)" }
}
