import BillingRetries
import EventLogSQLite
import GradientBoosting
import HindsightApp
import HindsightCore
import HindsightRuntime

/// Two models of little worth, learned from invented charges.
enum TrainedModels {
    private static let learned = Result { try [80, 81].map(learn) }

    /// Tells of them in a log, from before any server, and puts their files beside it.
    ///
    /// - Returns: Their digests.
    static func write(in folder: TestFolder) async throws -> (first: ModelDigest, second: ModelDigest) {
        let outcomes = try learned.get()
        let log = try SQLiteEventLog.open(folder: "\(folder.path)/log", clock: SystemClock())
        let shelf = ModelShelf(logFolder: "\(folder.path)/log")
        let handler = CommandHandler(log: log, clock: SystemClock(), identities: RandomIdentities())
        for outcome in outcomes {
            try shelf.store(outcome.artifact)
            let report = outcome.report
            let trained = ModelTrained(
                model: ModelRegister.retries, digest: outcome.artifact.digest, trainedThrough: 1, cut: report.cut,
                rows: outcome.artifact.metadata.rows, heldOutRows: report.measures.rows, measures: report.measures, at: report.cut)
            try await handler.handle(ModelRegister.self, .record(trained), on: BillingRetries.model(ModelRegister.retries))
        }
        await log.close()
        return (outcomes[0].artifact.digest, outcomes[1].artifact.digest)
    }

    private static func learn(payers: Int) throws -> RetryModelTraining.Outcome {
        var parameters = BoostingParameters()
        (parameters.rounds, parameters.maximumDepth) = (3, 2)
        return try RetryModelTraining(BoostingTrainer(parameters))
            .train(on: (0..<payers).map(history), trainedUntil: month(6))
    }

    /// Monthly charges; every third payer's are declined first and approved four days later.
    private static func history(_ number: Int) throws -> PayerHistory {
        let payer = PayerTraits(
            country: "DE", timeZone: "Europe/Berlin", customerType: .individual, plan: "pro", amountMinor: 1_100,
            currency: try Currency("EUR"), issuer: "bank-\(number % 5)", network: .visa, funding: .debit)
        let charges = (0..<6).flatMap { renewal in
            let due = month(renewal).advanced(by: .hours(number))
            func charge(_ days: Int, _ code: String) -> PastCharge {
                PastCharge(
                    invoice: "c\(number).\(renewal)", dueAt: due,
                    observation: ChargeObservation(at: due.advanced(by: .hours(days * 24)), code: code), followsMethodChange: false)
            }
            return number % 3 == 0 ? [charge(0, renewal % 2 == 0 ? "51" : "91"), charge(4, "00")] : [charge(0, "00")]
        }
        return PayerHistory(customer: "c\(number)", payer: payer, charges: charges)
    }

    private static func month(_ number: Int) -> Timestamp {
        // 2026-01-01T00:00:00Z and every 30 days.
        Timestamp(microsecondsSince1970: 1_767_225_600_000_000 + Int64(number) * 30 * 86_400_000_000)
    }
}
