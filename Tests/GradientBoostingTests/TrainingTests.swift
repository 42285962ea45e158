import BillingRetries
import GradientBoosting
import HindsightCore
import HindsightTesting
import Testing

@Suite("Training of trees") struct TrainingTests {
    @Test("The same rows and seed give the same bytes, whatever was trained in between", arguments: 0..<10) func repeats(
        seed: UInt64
    ) throws {
        var world = KnownWorld(seed: seed)
        let (rows, validation) = (try world.rows(1_000), try world.rows(400))
        func train(seed: UInt32) throws -> ModelArtifact {
            try GradientBoostedTrees.train(on: rows, validation: validation, parameters: .small(seed: seed)).sampleArtifact()
        }
        let first = try train(seed: UInt32(seed))
        let other = try train(seed: UInt32(seed) + 1)
        let second = try train(seed: UInt32(seed))
        #expect(first.fileBytes == second.fileBytes)
        #expect(first.digest == second.digest)
        #expect(first.digest != other.digest)
    }

    @Test("On other threads the bytes are the same", arguments: 0..<3) func repeatsOnOtherThreads(seed: UInt64) async throws {
        var world = KnownWorld(seed: seed)
        let rows = try world.rows(600)
        let expected = try GradientBoostedTrees.train(on: rows, parameters: .small(rounds: 20)).model
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<4 {
                group.addTask { try GradientBoostedTrees.train(on: rows, parameters: .small(rounds: 20)).model }
            }
            for try await model in group { #expect(model == expected) }
        }
    }

    @Test("Training stops when validation gets no better, and the best rounds are kept", arguments: 0..<5) func stopsEarly(
        seed: UInt64
    ) throws {
        var world = KnownWorld(seed: seed)
        var parameters = BoostingParameters.small(rounds: 2_000)
        (parameters.learningRate, parameters.patience, parameters.minimumLeafWeight) = (0.3, 5, 0)
        var heard: [BoostingRound] = []
        let validation = try world.rows(500)
        let trained = try GradientBoostedTrees.train(on: try world.rows(500), validation: validation, parameters: parameters) {
            heard.append($0)
        }
        let losses = trained.validationLogLosses
        #expect(heard.map(\.number) == Array(1...losses.count))
        #expect(heard.map(\.validationLogLoss) == losses.map { $0 })
        #expect(losses.count == trained.rounds + 5)
        #expect(losses.firstIndex(of: try #require(losses.min())) == trained.rounds - 1)
        let loss = PredictionMeasures.logLoss(probabilities: try trained.rawScores(for: validation.matrix), labels: validation.labels)
        #expect(abs(loss - losses[trained.rounds - 1]) < 1e-6)
    }

    @Test("A row of weight two counts as the row twice") func weighs() throws {
        var world = KnownWorld(seed: 5)
        let rows = try world.rows(400)
        var parameters = BoostingParameters.small(rounds: 20)
        (parameters.rowShare, parameters.featureShare) = (1, 1)
        let weighted = try GradientBoostedTrees.train(
            on: try LabelledRows(rows.matrix, labels: rows.labels, weights: [Float](repeating: 2, count: 400)), parameters: parameters)
        let twice = try GradientBoostedTrees.train(
            on: try LabelledRows(
                FeatureMatrix(rows.matrix.values + rows.matrix.values, featureCount: 4), labels: rows.labels + rows.labels),
            parameters: parameters)
        let matrix = try world.matrix(rows: 100)
        for (left, right) in zip(try weighted.rawScores(for: matrix), try twice.rawScores(for: matrix)) {
            #expect(abs(left - right) < 1e-4)
        }
    }

    @Test("Rows that teach nothing are refused in words") func refusesRows() throws {
        var world = KnownWorld(seed: 1)
        let rows = try world.rows(50)
        let none = try LabelledRows(FeatureMatrix([], featureCount: 4), labels: [])
        let narrow = try LabelledRows(FeatureMatrix([1, 2], featureCount: 1), labels: [true, false])
        let alike = try LabelledRows(rows.matrix, labels: [Bool](repeating: true, count: 50))
        #expect(throws: TrainingError.noRows) { try GradientBoostedTrees.train(on: none) }
        #expect(throws: TrainingError.oneClass(rows: 50)) { try GradientBoostedTrees.train(on: alike) }
        #expect(throws: TrainingError.emptyValidation) { try GradientBoostedTrees.train(on: rows, validation: none) }
        #expect(throws: TrainingError.otherWidth(training: 4, validation: 1)) {
            try GradientBoostedTrees.train(on: rows, validation: narrow)
        }
    }

    @Test("A parameter out of bounds is named with its bounds") func refusesParameters() throws {
        var world = KnownWorld(seed: 1)
        let rows = try world.rows(50)
        func refusal(_ change: (inout BoostingParameters) -> Void) -> TrainingError? {
            var parameters = BoostingParameters.small(rounds: 1)
            change(&parameters)
            return #expect(throws: TrainingError.self) { try GradientBoostedTrees.train(on: rows, parameters: parameters) }
        }
        #expect(refusal { $0.rounds = 0 } == .parameter("rounds", value: "0", bounds: "1 to 10000"))
        #expect(refusal { $0.maximumDepth = 40 } == .parameter("maximumDepth", value: "40", bounds: "1 to 12"))
        #expect(refusal { $0.learningRate = .nan } == .parameter("learningRate", value: "nan", bounds: "0.001 to 1.0"))
        #expect(refusal { $0.l2Regularization = -1 } == .parameter("l2Regularization", value: "-1.0", bounds: "0.0 to 1000000.0"))
        #expect(refusal { $0.rowShare = 0 } == .parameter("rowShare", value: "0.0", bounds: "0.05 to 1.0"))
    }

    @Test("A cancelled task ends its training") func isCancelled() async throws {
        var world = KnownWorld(seed: 1)
        let rows = try world.rows(2_000)
        let training = Task {
            try GradientBoostedTrees.train(on: rows, parameters: .small(rounds: 10_000)) { round in
                if round.number == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                #expect(round.number <= 3)
            }
        }
        await #expect(throws: TrainingError.cancelled) { try await training.value }
    }
}
