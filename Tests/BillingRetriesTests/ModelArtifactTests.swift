import BillingRetries
import HindsightCore
import Testing

@Suite("Model artifact") struct ModelArtifactTests {
    private static func artifact(_ model: [UInt8] = [0, 10, 255, 10], rows: Int = 3) throws -> ModelArtifact {
        try ModelArtifact(
            model: model,
            metadata: ModelMetadata(
                format: "bytes", engineVersion: "1", features: FeatureSchema(version: 4, names: ["hour", "weekday"]),
                trainedUntil: Timestamp(microsecondsSince1970: 0), rows: rows, parameters: .object(["depth": 6]), calibration: .none))
    }

    @Test("A file is read back as it was, line ends within the model included") func travels() throws {
        for model in [[0, 10, 255, 10], [], [10]] as [[UInt8]] {
            let artifact = try Self.artifact(model)
            let read = try ModelArtifact(file: artifact.fileBytes, expecting: artifact.digest)
            #expect(read == artifact)
            #expect(Array(read.model) == model)
            #expect(read.fileBytes == artifact.fileBytes)
        }
    }

    @Test("The digest covers the metadata as well as the model") func digests() throws {
        let artifact = try Self.artifact()
        #expect(try Self.artifact().digest == artifact.digest)
        #expect(try Self.artifact([0]).digest != artifact.digest)
        #expect(try Self.artifact(rows: 4).digest != artifact.digest)
    }

    @Test("Its first line can be checked with sha256sum") func firstLine() throws {
        let content =
            #"{"calibration":{"intercept":0,"slope":1},"engineVersion":"1","features":{"names":["hour","weekday"],"version":4},"#
            + #""format":"bytes","parameters":{"depth":6},"rows":3,"trainedUntil":"1970-01-01T00:00:00Z"}"# + "\n"
            + #"{"parts":[{"bytes":3,"name":"trees"}]}"# + "\nabc"
        // printf '%s\n%s\nabc' '{"calibration":…}' '{"parts":…}' | sha256sum
        let digest = "e728757a61628fef9616c5cdc5a0a164eb696b71a1df005be2c4fd46c0a83d06"
        let file = try Self.artifact(Array("abc".utf8)).fileBytes
        #expect(String(decoding: file, as: UTF8.self) == "hindsight-model-1 \(digest) \(content.utf8.count)\n\(content)")
    }

    @Test(
        "Other files are told from models",
        arguments: ["x", "{}", "\n", "hindsight-model-2 ab 3\nabc", "hindsight-model-1 ab 3\nabc", "hindsight-model-1  \n", "PK\u{3}\u{4}"])
    func others(file: String) {
        #expect(throws: ModelArtifactError.notAnArtifact) { try ModelArtifact(file: Array(file.utf8)) }
    }

    @Test("Rows must be whole and finite; labels and weights one for each row") func rows() throws {
        #expect(throws: FeatureMatrixError.unevenRows(values: 5, featureCount: 2)) {
            try FeatureMatrix([1, 2, 3, 4, 5], featureCount: 2)
        }
        #expect(throws: FeatureMatrixError.infinite(row: 1, column: 1)) { try FeatureMatrix([1, 2, 3, -.infinity], featureCount: 2) }
        let matrix = try FeatureMatrix([1, .nan, 3, 4], featureCount: 2)
        #expect(matrix.rowCount == 2)
        #expect(throws: LabelledRowsError.labels(1, rows: 2)) { try LabelledRows(matrix, labels: [true]) }
        #expect(throws: LabelledRowsError.weights(3, rows: 2)) { try LabelledRows(matrix, labels: [true, false], weights: [1, 1, 1]) }
        #expect(throws: LabelledRowsError.weight(-1, row: 1)) { try LabelledRows(matrix, labels: [true, false], weights: [1, -1]) }
        #expect(throws: LabelledRowsError.weightless) { try LabelledRows(matrix, labels: [true, false], weights: [0, 0]) }
        #expect(try LabelledRows(matrix, labels: [true, false], weights: [3, 1]).approvedShare == 0.75)
    }
}
