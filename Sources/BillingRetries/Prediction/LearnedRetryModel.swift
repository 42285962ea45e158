import Crypto
package import HindsightCore

/// Ranks hours by what was learned of money, cards and issuers, and plans all tries that are left together.
package struct LearnedRetryModel: RetryPredictor {
    package let digest: ModelDigest
    /// It has learned from nothing that came later.
    package let trainedUntil: Timestamp
    let chances: ApprovalChances

    /// - Parameters:
    ///   - artifact: With the parts that training wrote.
    ///   - trees: The engine's reading of the same artifact.
    /// - Throws: `.otherFeatures`, `.missingPart`, `.unreadablePart`.
    package init(_ artifact: ModelArtifact, trees: some RankingModel) throws(ModelArtifactError) {
        if let difference = IssuerFeatures.schema.difference(from: trees.features) { throw .otherFeatures(difference) }
        guard trees.digest == artifact.digest else { throw .otherDigest(expected: artifact.digest, found: trees.digest) }
        digest = artifact.digest
        trainedUntil = artifact.metadata.trainedUntil
        chances = ApprovalChances(
            funds: try artifact.decode(FundsPriors.self, from: .funds),
            features: IssuerFeatures(encodings: try artifact.decode(IssuerEncodings.self, from: .issuers)),
            cards: try artifact.decode(CardLife.self, from: .cards),
            issuers: { matrix throws(RankingError) in try trees.scores(for: matrix) })
    }

    package func rank(_ question: WindowQuestion) throws(RankingError) -> WindowRanking {
        guard let zone = CustomerZone(question.payer.timeZone) else {
            throw .failed("\(question.payer.timeZone) is no time zone of the IANA tables")
        }
        let windows = CandidateWindows(question, in: zone)
        let outlook = try chances.outlook(
            ApprovalChances.Knowledge(
                payer: question.payer, zone: zone, history: question.history, attempts: question.attempts, dueAt: question.dueAt,
                now: question.now),
            at: windows.hours)
        let scores = outlook.scores
        let plan = RetryPlan(covering: outlook, in: windows.isOpen, tries: question.triesLeft)
        func ranked(_ index: Int) -> RankedWindow { RankedWindow(at: windows.hours[index].at, score: Double(scores[index])) }
        return WindowRanking(
            windows: (0..<windows.rankedCount).sorted { (scores[$1], $0) < (scores[$0], $1) }.map(ranked),
            chosen: plan.earliest.map(ranked), rule: windows.rule.map(ranked), planChance: plan.chance,
            featureDigest: Self.digest(of: outlook.features.prefix(windows.rankedCount * IssuerFeatures.schema.names.count)))
    }

    private static func digest(of features: ArraySlice<Float>) -> String {
        var hash = SHA256()
        features.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize()).hexadecimal
    }
}
