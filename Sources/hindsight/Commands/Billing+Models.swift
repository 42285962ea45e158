import ArgumentParser
import BillingRetries
import HindsightApp
import HindsightCore
import HindsightRuntime

extension BillingCommand {
    struct Train: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Learn a model of retries from the log's charges and snapshots.",
            discussion: """
                The model lies beside the log in models/, under its digest; it decides nothing before `hindsight billing promote` gives it a \
                role. The same log at the same position gives the same model.
                """)
        @Option(help: "Learn from the log as it was then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let models = try await ModelSession.open(session)
            let position = try await at?.position(in: models.application.log)
            session.note("nothing is recorded before the training has ended")
            let bar = ProgressBar("train", unit: "steps")
            let training = try await models.desk.train(through: position, keepingOn: models.shelf, models.act) { progress in
                bar.update(Int64(progress.done * 1_000), of: 1_000)
            }
            bar.finish()
            await models.application.close()
            let measures = training.report.measures
            try Printer.printOne(
                TrainingLine(training),
                facts: [
                    ("model", "\(training.trained.digest)"),
                    ("learned from", "\(training.trained.rows) charges of \(training.payers) payers"),
                    ("left out", "\(training.withoutSnapshot) payers without a snapshot"), ("cut", "\(training.trained.cut)"),
                    ("judged on", "\(measures.rows) charges of other payers after the cut"),
                    ("log loss", Self.pair(measures.logLoss, training.report.segmentMeasures.logLoss)),
                    ("Brier score", Self.pair(measures.brier, training.report.segmentMeasures.brier)),
                    (Self.rival(training.report.comparison), Self.words(training.report)),
                ], format: session.format)
        }

        private struct TrainingLine: Encodable {
            let model: ModelDigest
            let rows: Int
            let payers: Int
            let withoutSnapshot: Int
            let report: RetryModelTraining.Report

            init(_ training: BillingDesk.Training) {
                model = training.trained.digest
                rows = training.trained.rows
                payers = training.payers
                withoutSnapshot = training.withoutSnapshot
                report = training.report
            }
        }

        private static func rival(_ comparison: ModelComparison) -> String {
            switch comparison.rival {
            case .champion: "beside the champion"
            case .segmentRate: "beside the rate"
            }
        }

        private static func words(_ report: RetryModelTraining.Report) -> String {
            let comparison = report.comparison
            guard let gain = comparison.gain else { return "not compared: \(comparison.reason ?? "")" }
            let interval = "\(thousandths(gain.low)) to \(thousandths(gain.high)) with 95 %"
            let verdict = comparison.verdict == .better ? "better" : "not known to be better"
            let since = report.comparedFrom.map { " from \($0) on" } ?? ""
            return "\(verdict): log loss lower by \(thousandths(gain.value)), \(interval), on \(comparison.rows) charges\(since)"
        }

        private static func pair(_ model: Double, _ segment: Double) -> String {
            "\(thousandths(model)), where the rate of a payer's segment has \(thousandths(segment))"
        }

        private static func thousandths(_ number: Double) -> String { "\((number * 10_000).rounded() / 10_000)" }
    }

    struct Models: GroupedCommandLine {
        static let configuration = CommandConfiguration(abstract: "Models that were trained, the newest first, and which roles they have.")
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let application = try session.open(for: .reading)
            let head = try await application.log.head().position
            let position = try await at?.position(in: application.log) ?? head
            let models = try await BillingDesk(log: application.log, clock: application.clock).modelViews(at: position)
            var printer = Printer(
                [
                    Printer.Column("MODEL"), Printer.Column("TRAINED"), Printer.Column("CHARGES", isNumber: true),
                    Printer.Column("LOG LOSS", isNumber: true), Printer.Column("ROLES"),
                ], format: session.format)
            for model in models {
                let roles = model.roles.map(\.rawValue) + (model.proposedAfter == nil ? [] : ["proposed: promote it, or roll it back"])
                try printer.print(
                    model,
                    cells: [
                        "\(model.model)", "\(model.trainedAt)", String(model.rows),
                        "\((model.measures.logLoss * 10_000).rounded() / 10_000)", roles.joined(separator: ", "),
                    ])
            }
            try printer.finish()
        }
    }

    struct Promote: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Give a model a role; predictions from then on are its.",
            discussion: "champion decides wherever a policy asks a model, challenger in its arm of an experiment, shadow nowhere.")
        @Argument(help: "The model's digest, or its first digits.") var model: String
        @Option(help: "champion, challenger or shadow.") var role: ModelRole = .champion
        @Option(help: "Why.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let models = try await ModelSession.open(session)
            let digest = try await models.digest(model)
            try await models.desk.promote(digest, to: role, reason: reason, from: models.shelf, models.act)
            try await models.showHolder(of: role, session)
        }
    }

    struct RollbackModel: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            commandName: "rollback-model", abstract: "Give a role back to the model that had it before, in the end to the rules.")
        @Option(help: "champion, challenger or shadow.") var role: ModelRole = .champion
        @Option(help: "Why.") var reason: String
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let models = try await ModelSession.open(session)
            try await models.desk.rollBackModel(role, reason: reason, models.act)
            try await models.showHolder(of: role, session)
        }
    }

    struct Retrain: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Let the server train a model every so many days.",
            discussion: """
                A model that does better than the champion becomes its shadow; after so many days it is proposed, and a person promotes it. \
                A shadow keeps its place for its days, also where trainings come faster: better models are only recorded meanwhile. 0 days \
                end the schedule.
                """)
        @Option(help: "Train so often; 0 ends it.") var everyDays: Int
        @Option(help: "Ask a better model so long beside the champion.") var shadowDays = 14
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let models = try await ModelSession.open(session)
            try await models.desk.scheduleRetraining(everyDays: everyDays, shadowDays: shadowDays, models.act)
            let schedule = try await models.desk.models(at: models.application.log.head().position).retraining
            await models.application.close()
            try Printer.printOne(
                Schedule(everyDays: schedule?.everyDays ?? 0, shadowDays: schedule?.shadowDays ?? 0),
                facts: [("retraining", schedule.map { "every \($0.everyDays) days, \($0.shadowDays) days beside the champion" } ?? "none")],
                format: session.format)
        }

        private struct Schedule: Encodable {
            let everyDays: Int
            let shadowDays: Int
        }
    }

    struct Evaluate: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Estimate from the past how many charges another policy would have had approved.",
            discussion: """
                Doubly robust, over the decisions that a model was asked about: it needs some that were drawn by lot. It sends and records \
                nothing, and says so where the data can't tell.
                """)
        @Argument(help: "The policy: a name, or name@version.") var policy: String
        @Option(help: "A model in place of the policy's own: its digest, or the first digits.") var model: String?
        @Option(help: "Decisions up to then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let models = try await ModelSession.open(session, for: .reading)
            let head = try await models.application.log.head().position
            let position = try await at?.position(in: models.application.log) ?? head
            var digest: ModelDigest?
            if let model { digest = try await models.digest(model) }
            let (name, version) = try Self.parts(of: policy)
            let evaluation = try await models.desk.evaluate(
                name, version: version, model: digest, by: Predictor(models.shelf), at: position)
            try Printer.printOne(evaluation, facts: Self.facts(evaluation), format: session.format)
        }

        private static func parts(of policy: String) throws -> (name: String, version: Int?) {
            let parts = policy.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count <= 2, let name = parts.first, !name.isEmpty else {
                throw ValidationError("'\(policy)' names no policy: give a name, or name@version")
            }
            guard parts.count == 2 else { return (String(name), nil) }
            guard let version = Int(parts[1]) else { throw ValidationError("'\(parts[1])' is no version: give a whole number") }
            return (String(name), version)
        }

        private static func facts(_ evaluation: BillingDesk.Evaluation) -> [(String, String)] {
            var facts = [
                ("policy", "\(evaluation.policy) \(evaluation.policyVersion)"),
                ("model", evaluation.model.map { "\($0)" } ?? "none: rules"), ("position", String(evaluation.position)),
            ]
            if let estimate = evaluation.estimate {
                facts += [
                    ("decisions", "\(estimate.decisions), \(estimate.matches) of them charged in its hour"),
                    ("it differs", "in \(estimate.differing), \(estimate.differingMatches) of them charged in its hour by lot"),
                    ("these count as", "\((estimate.effectiveMatches * 10).rounded() / 10) without weights"),
                    ("nothing known of", "\(estimate.unsupported) whose hour was never to be charged"),
                    ("approved then", "\(percent(estimate.observed)), with the draws"),
                    ("approved by it", interval(estimate.estimate)),
                    ("difference", "\(interval(estimate.difference)), from what then was wanted without the draws"),
                    ("verdict", words(estimate)),
                ]
            } else if let lack = evaluation.lack {
                facts.append(("verdict", "the data can't tell: \(lack)"))
            }
            func counts(_ name: String, _ reasons: [String: Int]) -> [(String, String)] {
                reasons.sorted { $0.key < $1.key }.map { (name, "\($0.value): \($0.key)") }
            }
            return facts + counts("left out", evaluation.unanswered) + counts("without outcome", evaluation.withoutOutcome)
        }

        private static func words(_ estimate: PolicyEstimate) -> String {
            switch estimate.verdict {
            case .better: "better, beyond an interval of 99 %"
            case .worse: "worse, beyond an interval of 99 %"
            case .cannotTell, .tooFew: "the data can't tell: \(estimate.reason ?? "")"
            }
        }

        private static func percent(_ share: Double) -> String { "\((share * 1_000).rounded() / 10) %" }

        private static func interval(_ share: PolicyEstimate.Share) -> String {
            "\(percent(share.value)), \(percent(share.low)) to \(percent(share.high)) with 95 %"
        }
    }

    struct Predict: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Rank the hours in which a customer is best charged; what is answered stands in the log.")
        @Argument(help: "The customer's id.") var customer: String
        @Option(help: "As if it were now: an instant.", transform: Arguments.instant) var now: Timestamp?
        @Option(help: "The code of the last decline, such as 51.") var code: String?
        @Option(help: "How many hours are ranked: 192, 144 or 96.") var horizon = 192
        @Option(help: "How many hours are shown.") var limit = 10
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: BillingCommand

        func run(in session: Session) async throws {
            let models = try await ModelSession.open(session)
            let application = models.application
            let forecast = try await models.desk.forecast(
                BillingDesk.ForecastQuery(customer: customer, now: now, horizonHours: horizon, code: code), by: Predictor(models.shelf),
                readingFrom: application.openProjections([InvoiceBoard()], in: try application.openReadModels()), models.act)
            await application.close()
            if forecast.fallback { Terminal.warn("the rules answer: \(forecast.reason ?? "")") }
            var printer = Printer(
                [Printer.Column("HOUR"), Printer.Column("CHANCE", isNumber: true)], format: session.format)
            for window in forecast.ranked.prefix(max(limit, 1)) {
                try printer.print(window, cells: ["\(window.at)", forecast.fallback ? "—" : "\((window.score * 1_000).rounded() / 10) %"])
            }
            try printer.finish()
        }
    }
}

/// What the commands of models work on.
private struct ModelSession {
    let application: Application
    let desk: BillingDesk
    let shelf: ModelShelf
    let act: BillingDesk.Act

    static func open(_ session: Session, for access: Application.Access = .writing) async throws -> ModelSession {
        let application =
            access == .writing ? try await Application.openNowOrWhereItEnds(try session.location()) : try session.open(for: .reading)
        return ModelSession(
            application: application, desk: BillingDesk(log: application.log, clock: application.clock),
            shelf: ModelShelf(logFolder: application.folder),
            act: BillingDesk.Act(metadata: EventMetadata(actor: session.actor), identities: RandomIdentities()))
    }

    /// The one trained model whose digest begins so.
    func digest(_ prefix: String) async throws -> ModelDigest {
        let trained = try await desk.models(at: application.log.head().position).trained.map(\.digest)
        let matching = trained.filter { $0.hexadecimal.hasPrefix(prefix.lowercased()) }
        guard let digest = matching.first, matching.count == 1 else {
            throw UsageError(
                matching.isEmpty
                    ? "no model that was trained in this log begins with \(prefix): see `hindsight billing models`"
                    : "\(matching.count) models begin with \(prefix): give more digits")
        }
        return digest
    }

    func showHolder(of role: ModelRole, _ session: Session) async throws {
        let holder = try await desk.models(at: application.log.head().position).holder(of: role)
        await application.close()
        try Printer.printOne(
            Holder(role: role, model: holder),
            facts: [("role", role.rawValue), ("model", holder.map { "\($0)" } ?? "none: the rules decide")], format: session.format)
    }

    private struct Holder: Encodable {
        let role: ModelRole
        let model: ModelDigest?
    }
}

extension ModelRole: ExpressibleByArgument {}
