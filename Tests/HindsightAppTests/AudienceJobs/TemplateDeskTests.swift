import AudienceJobs
import EventLogMemory
import HindsightApp
import HindsightCore
import HindsightRuntime
import Testing

@Suite("Rolling back a template") struct TemplateDeskTests {
    @Test("The preview lists what then stands in the log; the file as it was registered last undoes nothing") func rollback() async throws {
        try await AudienceStage.with { stage in
            let service = stage.service()
            let desk = TemplateDesk(log: stage.log, clock: stage.clock)
            try await stage.register(service)
            let first = try await stage.log.head().position
            let file = try AudienceStage.input("audience-by-purchases.template.yaml")
            let changed = file.replacing("{ title: Clients at most,", with: "{ title: At most so many clients,")
            try #require(file != changed)
            stage.clock.advance(by: .seconds(60))
            try await service.register(template: changed)
            let head = try await stage.log.head().position
            let name = try #require(TemplateName("audience-by-purchases"))

            let preview = try await desk.previewRollback(of: name, to: first, notebook: service)
            #expect((preview.from, preview.restores, preview.becomes) == (2, 1, 3))
            #expect(preview.isNoteAsRegistered == true)
            #expect(try await stage.log.head().position == head)
            let done = try await desk.rollBack(
                name, to: first, reason: "the old title", digest: preview.digest, metadata: EventMetadata(actor: "ann"),
                identities: SeededIdentities(seed: "back"))
            #expect(done.digest == preview.digest)
            let appended = try await stage.log.read(EventSelection(after: head))
            #expect(appended.map(\.stream) == preview.appends.map(\.stream) && appended.map(\.type) == preview.appends.map(\.type))
            for (event, planned) in zip(appended, preview.appends) {
                var data = try #require(event.data).decoded(as: [String: JSONValue].self)
                #expect(data["reason"] == "the old title")
                (data["at"], data["reason"]) = (nil, nil)
                #expect(.object(data) == planned.data)
            }

            let inForce = try await service.register(template: changed)
            #expect(try await stage.log.head().position == head + 1)
            #expect(try inForce.definition == TemplateFile.read(yaml: file))
            #expect(try await stage.board.templates().map(\.restores) == [1])
            #expect(try await stage.board.templates().map(\.registrations) == [3])
            #expect(try await desk.versions(of: name, at: head + 1).map(\.reason) == [nil, nil, "the old title"])
            #expect(try await service.check(AudienceStage.form()).template.definition == inForce.definition)

            // Back again by what was in force before the rollback.
            _ = try await desk.rollBack(
                name, to: head, reason: "the new title after all", metadata: EventMetadata(), identities: SeededIdentities(seed: "again"))
            #expect(try await service.register(template: changed).definition == TemplateFile.read(yaml: changed))
        }
    }

    @Test("There is no way back to what never was, is in force, or was shown otherwise") func refusals() async throws {
        let clock = ManualClock(at: Timestamp(microsecondsSince1970: 1_767_603_600_000_000))
        let log = MemoryEventLog(clock: clock)
        let desk = TemplateDesk(log: log, clock: clock)
        let file = try AudienceStage.input("audience-by-purchases.template.yaml")
        let name = try #require(TemplateName("audience-by-purchases"))
        let note = NoteOutline(paragraphs: [
            .init(id: "p1", title: "Variables", text: "%python\nmcc = []", runs: true),
            .init(id: "p2", title: "Competitors and opt-outs", text: "%python\nprint(mcc)", runs: true),
        ])
        let handler = CommandHandler(log: log, clock: clock, identities: SeededIdentities(seed: "file"))
        func register(_ yaml: String) async throws {
            clock.advance(by: .seconds(60))
            try await handler.handle(
                Template.self, .register(TemplateFile.read(yaml: yaml), note: note, at: clock.now()), on: name.stream)
        }
        func rollBack(digest: String? = nil) async throws {
            _ = try await desk.rollBack(
                name, to: 1, reason: "r", digest: digest, metadata: EventMetadata(), identities: SeededIdentities(seed: "back"))
        }
        await #expect(throws: RollbackError.unknown("template \(name)")) { try await desk.previewRollback(of: name, to: 0) }
        try await register(file)
        await #expect(throws: RollbackError.nothingThen("template \(name)")) { try await desk.previewRollback(of: name, to: 0) }
        await #expect(throws: Template.Rejection.inForceAlready) { try await rollBack() }
        try await register(file.replacing("kind: audience", with: "kind: report"))
        let preview = try await desk.previewRollback(of: name, to: 1)
        #expect(preview.isNoteAsRegistered == nil)
        try await register(file.replacing("{job}.csv", with: "x/{job}.csv"))
        await #expect(throws: RollbackError.outdatedPreview("template \(name)")) { try await rollBack(digest: preview.digest) }
        #expect(await log.head().position == 3)
    }
}
