import BillingRetries
import Foundation
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Model files beside a log") struct ModelFilesTests {
    /// A log with three models, the first one its champion, and their files on the shelf.
    private struct Models {
        let application: Application
        let shelf: ModelShelf
        let digests: [ModelDigest]

        init(in folder: borrowing CommandLineFolder) async throws {
            let path = folder.url.appending(path: "hindsight-data").path
            application = try Application.open(LogLocation(flag: path, environment: [:]), for: .writing)
            shelf = ModelShelf(logFolder: path)
            var digests: [ModelDigest] = []
            for number in 1...3 {
                let artifact = try Self.artifact(rows: number)
                try shelf.store(artifact)
                try await Self.decide(
                    .record(
                        ModelTrained(
                            model: ModelRegister.retries, digest: artifact.digest, trainedThrough: 0, cut: application.clock.now(),
                            rows: number, heldOutRows: 2,
                            measures: PredictionMeasures(probabilities: [0.25, 0.75], labels: [false, true]), at: application.clock.now())),
                    in: application)
                digests.append(artifact.digest)
            }
            self.digests = digests
            try await Self.decide(.promote(digests[0], to: .champion, reason: "the first", at: application.clock.now()), in: application)
        }

        /// Whole by its digest, though no engine could read it.
        private static func artifact(rows: Int) throws -> ModelArtifact {
            try ModelArtifact(
                model: Array("trees \(rows)".utf8),
                metadata: ModelMetadata(
                    format: "xgboost-json", engineVersion: "1.7.4", features: FeatureSchema(version: 1, names: ["hour"]),
                    trainedUntil: Timestamp(microsecondsSince1970: 0), rows: rows, parameters: [:], calibration: .none))
        }

        private static func decide(_ command: ModelRegister.Command, in application: Application) async throws {
            try await CommandHandler(log: application.log, clock: application.clock, identities: RandomIdentities())
                .handle(ModelRegister.self, command, on: BillingRetries.model(ModelRegister.retries))
        }

        /// Cuts the file of a model.
        func damage(_ model: ModelDigest) throws {
            let file = URL(filePath: shelf.path(of: model))
            try Data(contentsOf: file).dropLast(3).write(to: file)
        }
    }

    @Test("A backup takes the files of all trained models with it, and leaves out by name what is damaged or gone") func backup()
        async throws
    {
        let folder = try CommandLineFolder()
        let models = try await Models(in: folder)
        await models.application.close()
        let whole = try await folder.hindsight("log", "backup", "whole")
        #expect(whole.code == 0 && whole.output.contains(#""models":{"copied":3,"leftOut":[]}"#), "\(whole)")
        let copies = ModelShelf(logFolder: folder.url.appending(path: "whole").path)
        for digest in models.digests {
            #expect(try copies.artifact(digest).fileBytes == models.shelf.artifact(digest).fileBytes)
        }

        try models.damage(models.digests[1])
        try FileManager.default.removeItem(atPath: models.shelf.path(of: models.digests[2]))
        let rest = try await folder.hindsight("log", "backup", "rest", "--format", "table")
        #expect(rest.code == 0 && rest.output.contains("model \(models.digests[1]): the model file is cut"), "\(rest)")
        #expect(rest.output.contains("model \(models.digests[2])") && rest.output.contains("there is no such model file"))
        let fewer = ModelShelf(logFolder: folder.url.appending(path: "rest").path)
        #expect(try fewer.artifact(models.digests[0]).digest == models.digests[0])
        #expect(throws: ModelArtifactError.self) { try fewer.artifact(models.digests[1]) }
    }

    @Test("The doctor finds a champion whose file is of no use, with what to do, and notes others") func doctor() async throws {
        let folder = try CommandLineFolder()
        let models = try await Models(in: folder)
        try models.damage(models.digests[0])
        try FileManager.default.removeItem(atPath: models.shelf.path(of: models.digests[2]))
        let head = try await models.application.log.head().position
        let finding = try #require(try await models.application.modelFiles.findings(at: head).first)
        #expect(finding.subject == "champion \(models.digests[0])" && finding.problem.contains("the model file is cut"))
        #expect(finding.advice.contains("hindsight billing promote") && finding.advice.contains(models.shelf.path(of: models.digests[0])))
        let notes = try await models.application.modelFiles.notes(at: head)
        #expect(notes.map(\.subject).contains("model \(models.digests[2])"))
        await models.application.close()

        let told = try await folder.hindsight("doctor", "--format", "table")
        #expect(told.code == 1 && told.output.contains("champion \(models.digests[0])"), "\(told)")
    }
}
