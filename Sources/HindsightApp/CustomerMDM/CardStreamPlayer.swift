import CustomerMDM
package import HindsightCore
package import HindsightRuntime

/// Plays a labelled stream on a log, the clock set from its times, and checks the expected facts on the way.
///
/// What a step appends carries the file's digest and the number of the step, so an interrupted play finds from the log how far it came; the
/// step it was in is done again, which changes nothing where it was done already.
package struct CardStreamPlayer: Sendable {
    package struct Progress: Sendable {
        package let step: Int
        package let steps: Int
        package let at: Timestamp
    }

    package struct Summary: Sendable, Equatable, Codable {
        package var steps: Int
        /// Steps that an earlier, interrupted play had done.
        package var resumedAfter: Int
        package var facts: Int
        package var failed: Int
        package var position: Position
    }

    package enum Refusal: Error, Equatable, CustomStringConvertible {
        case notEmpty
        case anotherFile

        package var description: String {
            switch self {
            case .notEmpty: "a stream is played on an empty log, or on one that an interrupted play of the same file left"
            case .anotherFile: "the log was played from another file: use a new folder"
            }
        }
    }

    private let hub: CustomerHub
    private let clock: ManualClock
    private let stream: LabelledStream
    private let facts: [ExpectedFact]

    /// - Parameters:
    ///   - hub: Its log must go by `clock`.
    ///   - facts: In the order of their instants.
    package init(_ stream: LabelledStream, on hub: CustomerHub, clock: ManualClock, facts: [ExpectedFact] = []) {
        (self.stream, self.hub, self.clock, self.facts) = (stream, hub, clock, facts)
    }

    /// What the events of a play carry, also those that record the profile before its first step.
    package static func metadata(_ digest: String, step: Int) -> EventMetadata {
        EventMetadata(actor: "customer-mdm-play", correlationId: "play:\(digest):\(step)")
    }

    /// The step that an event was played in; `nil` for an event of no play, or of one of another file.
    package static func step(in metadata: EventMetadata, of digest: String) -> Int? {
        guard let mark = metadata.correlationId, mark.hasPrefix("play:") else { return nil }
        let parts = mark.split(separator: ":")
        return parts.count == 3 && parts[1] == digest ? Int(parts[2]) : nil
    }

    /// Refuses a log that holds anything but an interrupted play of this file, and sets the clock to where it was left.
    ///
    /// - Returns: The last step that had begun; 0 for an empty log.
    package static func resume(_ stream: LabelledStream, on log: any EventLog, clock: ManualClock) async throws -> Int {
        guard let head = try await log.head().recordedAt else {
            if let first = stream.steps.first { clock.advance(to: first.at) }
            return 0
        }
        clock.advance(to: head)
        // Sagas append without a step's mark; the marked event before them is never far.
        for try await event in log.events(EventSelection(direction: .backwards)) {
            let metadata = try event.metadata.decoded(as: EventMetadata.self)
            guard metadata.correlationId?.hasPrefix("play:") == true else { continue }
            guard let step = step(in: metadata, of: stream.digest) else { throw Refusal.anotherFile }
            return step
        }
        throw Refusal.notEmpty
    }

    /// Plays what is left, and checks all facts.
    ///
    /// - Parameters:
    ///   - began: What ``resume(_:on:clock:)`` gave.
    ///   - report: Called with each fact when its instant has passed.
    package func play(
        from began: Int = 0, progress: (@Sendable (Progress) -> Void)? = nil, report: (@Sendable (FactResult) -> Void)? = nil
    ) async throws -> Summary {
        var pending = facts[...]
        var failed = 0
        try await hub.settle()
        func check(before instant: Timestamp?) async throws {
            while let fact = pending.first, instant.map({ fact.at < $0 }) ?? true {
                pending = pending.dropFirst()
                // Only an instant that has passed can be asked about.
                clock.advance(to: Timestamp(microsecondsSince1970: fact.at.microsecondsSince1970 + 1))
                let position = try await hub.log.position(at: fact.at)
                let result = try await FactChecker(hub).check(fact, at: position)
                if !result.passed { failed += 1 }
                report?(result)
            }
        }
        for step in stream.steps {
            try Task.checkCancellation()
            try await check(before: step.at)
            clock.advance(to: step.at)
            guard step.number >= began else { continue }
            await hub.act(as: Self.metadata(stream.digest, step: step.number))
            try await carryOut(step)
            progress?(Progress(step: step.number, steps: stream.steps.count, at: step.at))
        }
        try await check(before: nil)
        try await hub.catchUp()
        return Summary(
            steps: stream.steps.count, resumedAfter: max(0, began - 1), facts: facts.count, failed: failed,
            position: try await hub.log.head().position)
    }

    private func carryOut(_ step: StreamStep) async throws {
        let reason = "step \(step.number) of the stream"
        switch step.operation {
        case .upsert(let card, let attributes, let isOnline):
            let statement = CardDecider.Statement(
                card: try CardID(card), values: attributes, matching: isOnline ? .online : .batch, occurredAt: step.at)
            _ = try await hub.upsert(statement)
        case .delete(let card): try await hub.drop(CardID(card), occurredAt: step.at)
        case .mergeRun: _ = try await hub.mergeRun()
        case .pastValueRun: try await hub.initialisePastValues()
        case .split(let left, let right, let keepsStatus):
            try await hub.split(left.map { try CardID($0) }, right.map { try CardID($0) }, keepsStatus: keepsStatus, reason: reason)
        case .closePastValue(let card, let attribute, let value):
            try await hub.closePastValue(of: CardID(card), attribute: attribute, value: value, reason: reason)
        case .confirm(let a, let b): try await hub.confirm(CardID(a), CardID(b), reason: reason)
        case .configuration: break
        }
    }
}
