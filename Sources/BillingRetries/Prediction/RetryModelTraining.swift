package import HindsightCore

/// Learns a retry model from payers' histories, and measures it on charges that it has not learned from.
///
/// First a model is learned from some payers up to a cut in time. It is calibrated on half of the other payers' charges after the cut, and
/// measured on the other half. The model that is kept is then learned from all payers and all times, with that calibration: what was
/// measured is its method on less of the past, so it should do no worse.
///
/// A champion was kept in the same way, so it has mostly learned from what lies after the new cut, too. What is held against it has learned
/// from more: from the same payers as the measured one, but from half of what has come since the champion.
package struct RetryModelTraining: Sendable {
    /// How the past is divided.
    package struct Division: Sendable, Hashable {
        /// The share of the charges that lies before the cut.
        package var shareBeforeCut = 0.8
        /// Of ten payers, so many are held out.
        package var heldOutTenths = 3

        package init() {}
    }

    package struct Progress: Sendable, Hashable {
        package enum Stage: String, Sendable, Hashable, CaseIterable {
            case money, issuers, measuring, comparing, allMoney = "all-money", allIssuers = "all-issuers"
        }

        package let stage: Stage
        /// Of the stage, from 0 to 1.
        package let share: Double

        /// Of all stages, each counted alike, from 0 to 1.
        package var done: Double {
            let place = Stage.allCases.firstIndex(of: stage) ?? 0
            return (Double(place) + share) / Double(Stage.allCases.count)
        }
    }

    /// What came of it.
    package struct Outcome: Sendable {
        package let artifact: ModelArtifact
        package let report: Report
    }

    package struct Report: Sendable, Hashable, Codable {
        /// Charges after the cut of payers who were neither learned from nor calibrated on.
        package let measures: PredictionMeasures
        /// The same charges by the approval rate of their segment: country, funding, and whether it is a first attempt.
        package let segmentMeasures: PredictionMeasures
        /// Those of the charges that the champion has not learned from, by the champion; `nil` where it was not compared.
        package let championMeasures: PredictionMeasures?
        package let comparison: ModelComparison
        /// From then on the champion and the new model were judged, which had learned from nothing later; `nil` where there was nothing.
        package let comparedFrom: Timestamp?
        package let rowsLearnedFrom: Int
        package let rowsCalibratedOn: Int
        package let cut: Timestamp
    }

    /// What the new model has to do better than.
    package enum Rival: Sendable {
        /// No model decides yet: the rate of a payer's segment.
        case segmentRates
        case champion(LearnedRetryModel)
        /// A champion that cannot be asked, and why.
        case unreadableChampion(String)
    }

    private let trainer: any TreeTrainer
    private let division: Division

    package init(_ trainer: some TreeTrainer, division: Division = Division()) {
        self.trainer = trainer
        self.division = division
    }

    /// Learns on the calling thread for seconds to minutes: call it where a thread may be kept busy.
    ///
    /// - Parameters:
    ///   - histories: Each payer once; the order makes no difference.
    ///   - trainedUntil: The instant before which all of it was recorded.
    ///   - rival: Is asked about those of the held-out charges that neither it nor what is held against it has learned from.
    /// - Throws: ``RetryTrainingError``; the engine's own errors. It ends early when its task is cancelled.
    package func train(
        on histories: [PayerHistory], trainedUntil: Timestamp, comparingWith rival: Rival = .segmentRates,
        progress: @escaping (Progress) -> Void = { _ in }
    ) throws -> Outcome {
        let histories = histories.sorted { $0.customer < $1.customer }
        try check(histories)
        let past = try DividedPast(histories, division)
        func stage(_ stage: Progress.Stage) -> (Double) -> Void { { progress(Progress(stage: stage, share: $0)) } }

        let learned = try learn(from: past.learned, stage(.money), stage(.issuers))
        let calibration = try calibration(of: learned, on: past.calibrated)
        let scores = try HeldOutMeasuring(learned.chances(calibration), learned: past.learned)
            .scores(past.measured, progress: stage(.measuring))
        guard let measures = scores.measures(of: \.chance), let segmentMeasures = scores.measures(of: \.segmentRate) else {
            throw RetryTrainingError.tooShort(part: "measure on")
        }
        let compared = try compare(scores, learned, calibration, with: rival, past, stage(.comparing))
        stage(.comparing)(1)

        let kept = try learn(from: histories, stage(.allMoney), stage(.allIssuers))
        let report = Report(
            measures: measures, segmentMeasures: segmentMeasures, championMeasures: compared.champion, comparison: compared.comparison,
            comparedFrom: compared.from, rowsLearnedFrom: learned.rows, rowsCalibratedOn: past.calibrated.count, cut: past.cut)
        return Outcome(artifact: try artifact(kept, calibration, trainedUntil), report: report)
    }

    private struct Compared {
        let comparison: ModelComparison
        var champion: PredictionMeasures?
        var from: Timestamp?
    }

    /// A champion learned from all payers until it was trained, so it is judged on later charges alone, and the new model on the same.
    private func compare(
        _ scores: [HeldOutScore], _ learned: Learned, _ calibration: ProbabilityCalibration, with rival: Rival, _ past: DividedPast,
        _ progress: @escaping (Double) -> Void
    ) throws -> Compared {
        func pairs(_ rival: [Float], _ scores: [HeldOutScore]) -> [ModelComparison.Pair] {
            zip(rival, scores).map { chance, score in
                ModelComparison.Pair(customer: score.customer, chance: score.chance, rivalChance: chance, isApproved: score.isApproved)
            }
        }
        switch rival {
        case .segmentRates:
            return Compared(comparison: ModelComparison(with: .segmentRate, on: pairs(scores.map(\.segmentRate), scores)))
        case .unreadableChampion(let reason):
            return Compared(comparison: ModelComparison(with: .champion, notComparedSince: reason))
        case .champion(let champion):
            guard let start = past.start(ofComparisonAfter: champion.trainedUntil) else {
                return Compared(comparison: ModelComparison(with: .champion, on: []))
            }
            let later = past.measured.filter { $0.moment.charge.observation.at >= start }
            // With too few charges nothing will be compared: then there is no need to learn for it.
            let isAsLearned = start <= past.cut || later.count < ModelComparison.leastRows
            let held =
                isAsLearned
                ? learned : try learn(from: past.learned(until: start), { progress($0 / 2) }, { progress(0.5 + $0 / 2) })
            let own = try HeldOutMeasuring(held.chances(calibration), learned: past.learned).scores(later)
            let champions = try HeldOutMeasuring(champion.chances, learned: past.learned).scores(later)
            let comparison = ModelComparison(with: .champion, on: pairs(champions.map(\.chance), own))
            let isCompared = comparison.gain != nil
            return Compared(
                comparison: comparison, champion: isCompared ? champions.measures(of: \.chance) : nil, from: isCompared ? start : nil)
        }
    }

    private func check(_ histories: [PayerHistory]) throws(RetryTrainingError) {
        let charges = histories.lazy.flatMap(\.charges)
        let all = charges.count { _ in true }
        guard all > 0 else { throw .noCharges }
        let approved = charges.count { $0.observation.code == ChargeObservation.approval }
        guard approved < all else { throw .noDeclines(charges: all) }
        guard approved > 0 else { throw .noApprovals(charges: all) }
        for history in histories {
            for payer in history.payers where CustomerZone(payer.timeZone) == nil {
                throw .unknownTimeZone(payer.timeZone, customer: history.customer)
            }
        }
        if let index = histories.indices.dropFirst().first(where: { histories[$0].customer == histories[$0 - 1].customer }) {
            throw .customerTwice(histories[index].customer)
        }
    }

    // MARK: - Learning

    private struct Learned {
        let funds: FundsPriors
        let features: IssuerFeatures
        let cards: CardLife
        let trees: any GrownTrees
        let rows: Int

        func chances(_ calibration: ProbabilityCalibration) -> ApprovalChances {
            ApprovalChances(funds: funds, features: features, cards: cards) { [trees] matrix throws(RankingError) in
                try trees.rawScores(for: matrix).map(calibration.probability(of:))
            }
        }
    }

    private func learn(
        from histories: [PayerHistory], _ moneyProgress: @escaping (Double) -> Void, _ issuerProgress: (Double) -> Void
    ) throws -> Learned {
        let zones = ZoneBook()
        let payers = histories.map { history in
            FundsLearning.Payer(
                traits: history.payer,
                observations: history.charges.compactMap { charge in
                    FundsObservation(charge.observation).map {
                        (zones.wall(charge.observation.at, history.payer(at: charge).timeZone), $0)
                    }
                })
        }
        var steps = 0
        let funds = try FundsLearning.priors(of: payers) {
            if Task.isCancelled { throw RetryTrainingError.cancelled }
            steps += 1
            moneyProgress(Double(steps) / Double(FundsLearning.steps))
        }
        let features = IssuerFeatures(encodings: IssuerRows.encodings(of: histories, zones))
        let rows = try IssuerRows.rows(of: histories, features, zones)
        if Task.isCancelled { throw RetryTrainingError.cancelled }
        let trees = try trainer.train(on: rows, progress: issuerProgress)
        return Learned(funds: funds, features: features, cards: CardLife(histories), trees: trees, rows: rows.labels.count)
    }

    private func calibration(of learned: Learned, on moments: [HeldOutCharge]) throws -> ProbabilityCalibration {
        let zones = ZoneBook()
        var (values, labels): ([Float], [Bool]) = ([], [])
        for held in moments {
            guard let label = IssuerSign.isApproved(held.moment.charge.observation), !held.moment.charge.followsMethodChange else {
                continue
            }
            learned.features.append(held.history, held.moment, zones, to: &values)
            labels.append(label)
        }
        let matrix = try FeatureMatrix(values, featureCount: IssuerFeatures.schema.names.count)
        do {
            return try ProbabilityCalibration(fitting: learned.trees.rawScores(for: matrix), labels: labels)
        } catch is CalibrationError {
            // On charges that they have not seen the trees tell nothing of issuers, as with few payers: then all hours are alike to them,
            // and money and cards decide.
            let approved = labels.count { $0 }
            return .flat(at: (Double(approved) + 1) / (Double(labels.count) + 2))
        }
    }

    private func artifact(
        _ kept: Learned, _ calibration: ProbabilityCalibration, _ trainedUntil: Timestamp
    ) throws -> ModelArtifact {
        let parameters: JSONValue = .object([
            "trees": trainer.parameters, "refittedOnAll": .bool(true), "shareBeforeCut": .number(division.shareBeforeCut),
            "heldOutTenths": .integer(Int64(division.heldOutTenths)),
        ])
        return try ModelArtifact(
            model: kept.trees.model,
            others: [
                (.funds, try JSON.encode(kept.funds)), (.issuers, try JSON.encode(kept.features.encodings)),
                (.cards, try JSON.encode(kept.cards)),
            ],
            metadata: ModelMetadata(
                format: trainer.format, engineVersion: trainer.engineVersion, features: IssuerFeatures.schema, trainedUntil: trainedUntil,
                rows: kept.rows, parameters: parameters, calibration: calibration))
    }
}
