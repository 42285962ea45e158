import AudienceJobs
import HindsightCore
import HindsightTesting
import Testing

@Suite("A template's way back") struct TemplateRollbackTests {
    private let first: TemplateRegistered
    private let second: TemplateRegistered

    init() throws {
        first = try Facts.registration()
        var changed = first
        changed.definition.artifact.path = "audiences/{job}.csv"
        second = changed
    }

    private func restored(_ registration: TemplateRegistered, _ number: Int) -> TemplateEvent {
        .restored(TemplateRestored(registration, number: number, reason: "a mistake", at: Facts.now))
    }

    private func restore(_ number: Int, reason: String = "a mistake") -> Template.Command {
        .restore(number: number, reason: reason, at: Facts.now)
    }

    private func register(_ registration: TemplateRegistered) -> Template.Command {
        .register(registration.definition, note: Facts.note, at: Facts.now)
    }

    @Test("restores an earlier registration as it was, with its note's digest and the reason") func restoring() throws {
        try Scenario(Template.self).given(.registered(first), .registered(second)).when(restore(1)).then(restored(first, 1))
        try Scenario(Template.self).given(.registered(first), .registered(second), restored(first, 1)).when(restore(2))
            .then(restored(second, 2))
    }

    @Test("is not undone by the file that was registered last and has not changed") func unchangedFile() throws {
        let history = [TemplateEvent.registered(first), .registered(second), restored(first, 1)]
        try Scenario(Template.self).given(history).when(register(second)).then()
        // Whatever became of the note meanwhile: the file's own registration is not in force.
        var note = Facts.note
        note.paragraphs[2].text += "\n# edited"
        try Scenario(Template.self).given(history).when(.register(second.definition, note: note, at: Facts.now)).then()
    }

    @Test("ends when the file changes, even to what was restored: from then on that is what the file says") func changedFile() throws {
        let history = [TemplateEvent.registered(first), .registered(second), restored(first, 1)]
        try Scenario(Template.self).given(history).when(register(first)).then(.registered(first))
        try Scenario(Template.self).given(history + [.registered(first)]).when(register(second)).then(.registered(second))
        var third = second
        third.definition.artifact.path = "third/{job}.csv"
        try Scenario(Template.self).given(history).when(register(third)).then(.registered(third))
    }

    @Test("is refused without a reason, to what is in force, and to what never was") func refusals() throws {
        let history = [TemplateEvent.registered(first), .registered(second)]
        try Scenario(Template.self).given(history).when(restore(1, reason: " ")).thenRejected(.needsReason)
        try Scenario(Template.self).given(history).when(restore(2)).thenRejected(.inForceAlready)
        try Scenario(Template.self).given(history + [restored(first, 1)]).when(restore(1)).thenRejected(.inForceAlready)
        try Scenario(Template.self).given(history).when(restore(3)).thenRejected(.unknownRegistration(3))
        try Scenario(Template.self).when(restore(1)).thenRejected(.unknownRegistration(1))
    }

    @Test("shows in the list of templates, with what was restored") func list() throws {
        var state = Template.initialState
        for event in [TemplateEvent.registered(first), .registered(second), restored(first, 1)] { Template.evolve(&state, with: event) }
        guard case .registered(let known) = state else { throw Unknown() }
        #expect(known.all.count == 3 && known.current == first && known.file == second.definition)
    }

    private struct Unknown: Error {}
}
