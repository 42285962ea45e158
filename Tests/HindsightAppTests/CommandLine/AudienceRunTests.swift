import Foundation
import HindsightApp
import HindsightCore
import Testing

@Suite("Command line: a job that is waited for") struct AudienceRunTests {
    private static let form = AudienceStage.inputs.appending(path: "audience-by-purchases.form.json").path

    /// The program's arguments for a job in the stage's notebook.
    private static func script(_ stage: AudienceStage, _ more: String = "") -> String {
        "$HINDSIGHT audience run '\(form)' --wait --zeppelin \(stage.notebook.address) --shared '\(stage.shared.path)' \(more)"
    }

    @Test("Finished is 0, and failed is 1 with what a manager reads") func ends() async throws {
        try await AudienceStage.with { stage in
            let folder = try CommandLineFolder()
            let finished = try await folder.shell(Self.script(stage))
            #expect(finished.code == 0, "\(finished.errors)")
            #expect(finished.output.contains(#""status":"finished""#))
            try await stage.notebook.arm("results-missing", at: "run")
            let failed = try await folder.shell(Self.script(stage))
            #expect(failed.code == 1)
            #expect(failed.output.contains(#""status":"failed""#))
            #expect(failed.isOneLineOfError && failed.errors.contains("is failed: The step “"), "\(failed.errors)")
        }
    }

    @Test("Cancelled meanwhile is 1, with who did it and why") func cancelled() async throws {
        try await AudienceStage.with { stage in
            let folder = try CommandLineFolder()
            try await stage.notebook.arm("stuck-running", at: "run")
            let run = try folder.start(
                "audience", "run", Self.form, "--wait", "--zeppelin", stage.notebook.address, "--shared", stage.shared.path)
            run.endInput()
            var job: String?
            // Nothing but the cancellation ends it.
            while job == nil {
                let running = try await folder.hindsight("audience", "list", "--format", "table").lines.first { $0.contains(" running ") }
                job = running?.split(separator: " ").first.map(String.init)
            }
            let cancel = try await folder.hindsight("audience", "cancel", try #require(job), "--reason", "a slip")
            #expect(cancel.code == 0, "\(cancel.errors)")
            async let output = run.rest()
            let errors = await run.errors()
            #expect(await output.contains(#""status":"cancelled""#))
            #expect(await run.end() == 1)
            #expect(errors.contains("job \(try #require(job)) is cancelled: Cancelled"), "\(errors)")
            #expect(errors.contains(": a slip"))
            #expect(try stage.notebook.journal("abort").count == 1)
        }
    }

    @Test("A notebook that wants a login gets it from --credentials, which the refusal without it names") func credentials() async throws {
        try await AudienceStage.with(credentials: true) { stage in
            let folder = try CommandLineFolder()
            let refused = try await folder.shell(Self.script(stage))
            #expect(refused.code == 1)
            #expect(refused.isOneLineOfError && refused.errors.contains("with --credentials"), "\(refused.errors)")
            try Data(#"{"userName":"svc","password":"p&=ä %"}"#.utf8).write(to: folder.url.appending(path: "zeppelin.json"))
            let finished = try await folder.shell(Self.script(stage, "--credentials zeppelin.json"))
            #expect(finished.code == 0, "\(finished.errors)")
            #expect(try await folder.hindsight("audience", "run", Self.form, "--credentials", "zeppelin.json").code == 2)
        }
    }

    @Test("Notebook, credentials and channels may stand in the settings, as for the server") func settings() async throws {
        try await AudienceStage.with(credentials: true) { stage in
            let folder = try CommandLineFolder()
            try Data(#"{"userName":"svc","password":"p&=ä %"}"#.utf8).write(to: folder.url.appending(path: "zeppelin.json"))
            try Data("a-secret-of-at-least-32-characters".utf8).write(to: folder.url.appending(path: "crm.secret"))
            let form = try AudienceStage.form { $0["notify"] = ["webhook:crm"] }
            try Data(JSON.encode(form)).write(to: folder.url.appending(path: "form.json"))
            let unknown = try await folder.shell("$HINDSIGHT audience run form.json --wait --zeppelin \(stage.notebook.address)")
            #expect(unknown.code == 1)

            let settings = """
                log: elsewhere
                audience:
                  zeppelin: { url: "\(stage.notebook.address)", root: /bank }
                  sharedDirectory: \(stage.shared.path)
                  notices: { webhooks: { crm: { url: "http://127.0.0.1:1/notices", secret: crm.secret } } }
                """
            try Data(settings.utf8).write(to: folder.url.appending(path: "settings.yaml"))
            let run = "$HINDSIGHT audience run form.json --wait --config settings.yaml"
            let refused = try await folder.shell(run)
            #expect(refused.code == 1 && refused.isOneLineOfError, "\(refused.errors)")
            #expect(refused.errors.contains("audience.zeppelin.credentials"), "\(refused.errors)")
            let finished = try await folder.shell("HINDSIGHT_AUDIENCE_ZEPPELIN_CREDENTIALS=zeppelin.json \(run)")
            #expect(finished.code == 0, "\(finished.errors)")
            #expect(finished.output.contains(#""notePath":"/bank/"#), "\(finished.output)")
            let offer = try await folder.shell("$HINDSIGHT audience offer coffee-2026-07 --config settings.yaml")
            #expect(offer.code == 0 && offer.output.contains(#""resolved":{"#), "\(offer.output) \(offer.errors)")
            let missing = try await folder.shell("\(run) --set audience.zeppelin.credentials=nofile.json")
            #expect(missing.code == 2 && missing.isOneLineOfError, "\(missing.errors)")
            #expect(missing.errors.contains("audience.zeppelin.credentials: nofile.json: it can't be read"), "\(missing.errors)")
        }
    }
}
