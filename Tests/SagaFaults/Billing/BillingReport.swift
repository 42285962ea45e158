import BillingRetries
package import HindsightCore

/// What became of one run of billing.
package struct BillingReport: Sendable, CustomStringConvertible {
    package let seed: UInt64
    let policy: String
    let gateway: String
    package let digest: EventDigest
    package let events: [RecordedEvent]
    let charges: [BillingGateway.Charge]
    let elapsed: Duration
    /// How often the process that does the work was started.
    let starts: Int
    /// A sentence for each broken promise.
    package let findings: [String]

    package var description: String {
        "billing: \(events.count) events, \(charges.count) charges (\(count("charge-unknown")) unknown at first), \(count("invoice-paid")) paid "
            + "(\(count("invoice-overpaid")) twice), \(count("invoice-uncollectible")) given up, \(starts) starts, \(policy), \(gateway), "
            + "\(elapsed.components.seconds / 86_400) days"
    }

    private func count(_ type: String) -> Int { events.count { $0.type.description == "billing-retries.\(type)" } }

    /// The gateway's journal, a line for each charge.
    package var journal: [String] {
        charges.map { charge in
            "after \(charge.decidedAfter), \(charge.key) of \(charge.amountMinor) by \(charge.method): \(charge.answer.json)"
        }
    }

    /// - Throws: ``Broken``, whose line names the seed.
    package func hold() throws {
        guard findings.isEmpty else { throw Broken(seed: seed, findings: findings) }
    }

    package struct Broken: Error, CustomStringConvertible {
        package let seed: UInt64
        package let findings: [String]

        package var description: String { "seed \(seed) of billing: \(findings.joined(separator: "; "))" }
    }
}

/// One round of billing: every promise is kept, and the same seed gives the same log.
package struct BillingRound {
    private let seed: UInt64
    private let flaw: BillingFlaw?

    package init(seed: UInt64, flaw: BillingFlaw? = nil) {
        self.seed = seed
        self.flaw = flaw
    }

    /// - Parameter isRepeated: Whether it is played a second time, to see that the log is the same.
    /// - Returns: What happened, in one line.
    package func run(isRepeated: Bool = true) throws -> String {
        let report = try play()
        guard try !isRepeated || play().digest == report.digest else {
            throw SimulatedRound.Failure(description: "billing: the same seed gave another log the second time")
        }
        return "\(report)"
    }

    /// Plays it once.
    @discardableResult
    package func play() throws -> BillingReport {
        let report = try report()
        try report.hold()
        return report
    }

    /// Plays it once, and judges nothing.
    package func report() throws -> BillingReport {
        switch flaw {
        case .blindGuard: try BillingStage(BlindCollecting.self, seed: seed, flaw: flaw).play()
        case .unknownIsDecline: try BillingStage(HastyCollecting.self, seed: seed, flaw: flaw).play()
        case .stubborn: try BillingStage(StubbornCollecting.self, seed: seed, flaw: flaw).play()
        case .gatewayForgetsKeys, .keyLifeOverstated, .keyPerSending, nil: try BillingStage(PaymentSaga.self, seed: seed, flaw: flaw).play()
        }
    }
}
