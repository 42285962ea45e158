import BillingRetries
import GradientBoosting
import HindsightCore
import HindsightTesting
import Testing

@Suite("Damaged model files") struct DamagedModelTests {
    private static func artifact() throws -> ModelArtifact {
        var world = KnownWorld(seed: 11)
        return try GradientBoostedTrees.train(on: try world.rows(300), parameters: .small(rounds: 4)).sampleArtifact()
    }

    @Test("A file cut anywhere is refused as cut") func cut() throws {
        let file = try Self.artifact().fileBytes
        for length in Array(1..<200) + stride(from: 200, to: file.count, by: 13) + ((file.count - 20)..<file.count) {
            let error = #expect(throws: ModelArtifactError.self) { try ModelArtifact(file: Array(file.prefix(length))) }
            guard case .truncated = error else {
                Issue.record("cut to \(length) bytes: \(String(describing: error))")
                continue
            }
        }
        #expect(throws: ModelArtifactError.empty) { try ModelArtifact(file: []) }
        let error = #expect(throws: ModelArtifactError.self) { try ModelArtifact(file: file + [0]) }
        guard case .overlong(let found, let expected) = error, found == expected + 1 else {
            Issue.record("a byte too many: \(String(describing: error))")
            return
        }
    }

    @Test("A file with any bit changed is refused", arguments: 0..<50) func changed(seed: UInt64) throws {
        let artifact = try Self.artifact()
        var numbers = SeededGenerator(seed)
        for _ in 0..<20 {
            var file = artifact.fileBytes
            let index = Int.random(in: 0..<file.count, using: &numbers)
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &numbers)
            file[index] ^= bit
            #expect(throws: ModelArtifactError.self, "bit \(bit) of byte \(index)") { try ModelArtifact(file: file) }
        }
    }

    @Test("Another model than the log names is refused") func otherDigest() throws {
        var world = KnownWorld(seed: 12)
        let artifact = try Self.artifact()
        let other = try GradientBoostedTrees.train(on: try world.rows(300), parameters: .small(rounds: 4)).sampleArtifact()
        #expect(throws: ModelArtifactError.otherDigest(expected: other.digest, found: artifact.digest)) {
            try ModelArtifact(file: artifact.fileBytes, expecting: other.digest)
        }
    }

    @Test(
        "Whole files of what is no model are refused by the library's own words",
        arguments: [
            "", "hello", "{", "{\"", "{}", "{\"learner\":{}}", "{\"learner\":", "{L", "binf", "[1,2]", "{\"learner\":[]}",
            "{\"version\":[1,7,4],\"learner\":{\"learner_model_param\":{\"num_feature\":\"x\"}}}",
        ])
    func garbage(model: String) throws {
        let artifact = try ModelArtifact(model: Array(model.utf8), metadata: Self.artifact().metadata)
        let read = try ModelArtifact(file: artifact.fileBytes, expecting: artifact.digest)
        let error = #expect(throws: ModelArtifactError.self) { try GradientBoostedTrees(read) }
        guard case .refused = error else {
            Issue.record("\(model): \(String(describing: error))")
            return
        }
    }

    @Test("The model itself, cut anywhere and under a digest that holds, is refused and ends no process") func cutWithin() throws {
        let whole = try Self.artifact()
        for length in stride(from: 0, to: whole.model.count - 1, by: 29) {
            let artifact = try ModelArtifact(model: Array(whole.model.prefix(length)), metadata: whole.metadata)
            let error = #expect(throws: ModelArtifactError.self) { try GradientBoostedTrees(artifact) }
            guard case .refused(let reason) = error else {
                Issue.record("cut to \(length) bytes: \(String(describing: error))")
                continue
            }
            #expect(!reason.isEmpty && !reason.hasPrefix("[") && !reason.contains("\n"), "no sentence: \(reason)")
        }
    }

    @Test("Features other than those that are computed are refused, and named") func otherFeatures() throws {
        let artifact = try Self.artifact()
        func difference(_ version: Int, _ names: [String]) -> ModelArtifactError? {
            #expect(throws: ModelArtifactError.self) {
                try GradientBoostedTrees(artifact, expecting: FeatureSchema(version: version, names: names))
            }
        }
        #expect(difference(2, ["hour", "dayOfMonth", "usage", "noise"]) == .otherFeatures("version 1 in place of 2"))
        #expect(difference(1, ["dayOfMonth", "hour", "usage", "noise"]) == .otherFeatures("in another order"))
        #expect(difference(1, ["hour", "dayOfMonth", "seen", "noise"]) == .otherFeatures("without seen, with usage"))
        #expect(difference(1, ["hour", "dayOfMonth", "usage"]) == .otherFeatures("with noise"))
        #expect(try GradientBoostedTrees(artifact, expecting: KnownWorld.features).features == KnownWorld.features)
    }

    @Test("Metadata that doesn't fit the model is refused") func otherMetadata() throws {
        let artifact = try Self.artifact()
        func refusal(format: String, _ names: [String]) throws -> ModelArtifactError? {
            let known = artifact.metadata
            let claimed = try ModelArtifact(
                model: Array(artifact.model),
                metadata: ModelMetadata(
                    format: format, engineVersion: known.engineVersion, features: FeatureSchema(version: 1, names: names),
                    trainedUntil: known.trainedUntil, rows: known.rows, parameters: known.parameters, calibration: known.calibration))
            return #expect(throws: ModelArtifactError.self) { try GradientBoostedTrees(claimed) }
        }
        #expect(
            try refusal(format: "lightgbm-text", KnownWorld.features.names)
                == .unknownFormat("lightgbm-text", known: GradientBoostedTrees.format))
        #expect(
            try refusal(format: GradientBoostedTrees.format, ["hour"]) == .otherFeatures("4 columns, where its metadata names 1"))
    }
}
