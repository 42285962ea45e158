import BillingRetries
import GradientBoosting
import HindsightCore
import HindsightTesting
import Testing

@Suite("Gradient-boosted trees") struct GradientBoostedTreesTests {
    @Test("learn most of what can be known of a known world, on rows they have not seen", arguments: 0..<5) func learns(seed: UInt64) throws
    {
        var world = KnownWorld(seed: seed)
        let trained = try GradientBoostedTrees.train(on: try world.rows(8_000), validation: try world.rows(2_000), parameters: .small())
        let held = try world.rows(8_000)
        let scores = try GradientBoostedTrees(trained.sampleArtifact()).scores(for: held.matrix)
        func loss(_ scores: [Float]) -> Double { PredictionMeasures.logLoss(probabilities: scores, labels: held.labels) }
        let ofBaseRate = loss([Float](repeating: Float(held.approvedShare), count: held.labels.count))
        let ofTruth = loss(KnownWorld.chances(of: held.matrix).map(Float.init))
        #expect(loss(scores) < ofBaseRate - 0.9 * (ofBaseRate - ofTruth))
        #expect(try #require(PredictionMeasures(probabilities: scores, labels: held.labels).auc) > 0.7)
    }

    @Test("A model that is kept and read again gives bit-equal scores", arguments: 0..<10) func survivesItsFile(seed: UInt64) throws {
        var world = KnownWorld(seed: seed)
        let held = try world.rows(1_000)
        let trained = try GradientBoostedTrees.train(on: try world.rows(1_000), parameters: .small(seed: UInt32(seed)))
        let raw = try trained.rawScores(for: held.matrix)
        let artifact = try trained.sampleArtifact(calibration: try ProbabilityCalibration(fitting: raw, labels: held.labels))
        let again = try GradientBoostedTrees(ModelArtifact(file: artifact.fileBytes, expecting: artifact.digest))
        #expect(again.digest == artifact.digest)
        #expect(again.features == KnownWorld.features)
        let scores = try again.scores(for: held.matrix)
        #expect(scores.map(\.bitPattern) == raw.map { artifact.metadata.calibration.probability(of: $0).bitPattern })
        #expect(try GradientBoostedTrees(trained.sampleArtifact()).scores(for: held.matrix).map(\.bitPattern) == raw.map(\.bitPattern))
    }

    @Test("NaN is a missing value, and not a number") func readsMissingValues() throws {
        var world = KnownWorld(seed: 7)
        let model = try GradientBoostedTrees(
            GradientBoostedTrees.train(on: try world.rows(8_000), parameters: .small()).sampleArtifact())
        let scores = try model.scores(for: FeatureMatrix([12, 10, .nan, 0.5, 12, 10, 0.5, 0.5, 12, 10, 0, 0.5], featureCount: 4))
        #expect(abs(Double(scores[0]) - KnownWorld.chance(hour: 12, dayOfMonth: 10, usage: .nan)) < 0.1)
        #expect(abs(Double(scores[1]) - KnownWorld.chance(hour: 12, dayOfMonth: 10, usage: 0.5)) < 0.1)
        #expect(scores[2] - scores[0] > 0.2)
    }

    @Test("One row scores as it does among others; no rows score nothing", arguments: 0..<5) func scoresRowByRow(seed: UInt64) throws {
        var world = KnownWorld(seed: seed)
        let model = try GradientBoostedTrees(
            GradientBoostedTrees.train(on: try world.rows(500), parameters: .small(rounds: 10)).sampleArtifact())
        let matrix = try world.matrix(rows: 192)
        let together = try model.scores(for: matrix)
        for row in 0..<192 {
            let alone = try model.scores(for: FeatureMatrix(Array(matrix.values[(4 * row)..<(4 * row + 4)]), featureCount: 4))
            #expect(alone == [together[row]])
        }
        #expect(try model.scores(for: FeatureMatrix([], featureCount: 4)) == [])
    }

    @Test("A matrix of another width is refused, and the next one is answered", arguments: [1, 3, 5, 20]) func refusesOtherWidths(
        width: Int
    ) throws {
        var world = KnownWorld(seed: 1)
        let model = try GradientBoostedTrees(
            GradientBoostedTrees.train(on: try world.rows(200), parameters: .small(rounds: 5)).sampleArtifact())
        let matrix = try FeatureMatrix([Float](repeating: 0, count: 3 * width), featureCount: width)
        #expect(throws: RankingError.otherWidth(expected: 4, found: width)) { try model.scores(for: matrix) }
        #expect(try model.scores(for: try world.matrix(rows: 3)).count == 3)
    }

    @Test("Tasks that ask at once get what they would get alone", arguments: 0..<3) func answersAtOnce(seed: UInt64) async throws {
        var world = KnownWorld(seed: seed)
        let trained = try GradientBoostedTrees.train(on: try world.rows(2_000), parameters: .small())
        let artifact = try trained.sampleArtifact()
        let matrices = try (0..<8).map { try world.matrix(rows: 192 - 17 * $0) }
        let alone = try matrices.map { try GradientBoostedTrees(artifact).scores(for: $0) }
        // Fresh, so that the first calls are among those at once.
        let model = try GradientBoostedTrees(artifact)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for (matrix, expected) in zip(matrices, alone) {
                group.addTask {
                    for _ in 0..<300 where try model.scores(for: matrix) != expected { return false }
                    return true
                }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }

    @Test("Models may be read, asked and dropped by many tasks") func livesAndDies() async throws {
        var world = KnownWorld(seed: 3)
        let artifact = try GradientBoostedTrees.train(on: try world.rows(300), parameters: .small(rounds: 5)).sampleArtifact()
        let matrix = try world.matrix(rows: 50)
        let expected = try GradientBoostedTrees(artifact).scores(for: matrix)
        try await withThrowingTaskGroup(of: [Float].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<40 {
                        let scores = try GradientBoostedTrees(artifact).scores(for: matrix)
                        if scores != expected { return scores }
                    }
                    return expected
                }
            }
            for try await scores in group { #expect(scores == expected) }
        }
    }
}
