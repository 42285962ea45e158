package import AudienceJobs
package import HindsightCore
import HindsightRuntime

/// The registrations of templates, and the way back to an earlier one; needs no notebook.
package struct TemplateDesk: Sendable {
    private let log: any EventLog
    private let clock: any WallClock

    package init(log: any EventLog, clock: any WallClock) {
        self.log = log
        self.clock = clock
    }

    /// A registration of a template, and how it came to be in force.
    package struct Version: Sendable, Equatable, Encodable {
        /// 1, 2, 3… in the template's stream.
        package let version: Int
        package let definition: TemplateDefinition
        package let noteDigest: String
        package let registeredAt: Timestamp
        /// The registration that it brought back.
        package let restores: Int?
        package let reason: String?

        init(_ event: TemplateEvent, version: Int) {
            self.version = version
            (definition, noteDigest) = (event.registration.definition, event.registration.noteDigest)
            registeredAt = event.registration.at
            switch event {
            case .registered: (restores, reason) = (nil, nil)
            case .restored(let restored): (restores, reason) = (restored.restores, restored.reason)
            }
        }
    }

    /// What leads a template back to the registration that was in force at an earlier time.
    package struct Rollback: Sendable, Equatable, Encodable {
        package let template: TemplateName
        /// The registration in force now.
        package let from: Int
        /// The registration that was in force then.
        package let restores: Int
        /// The number under which it holds again.
        package let becomes: Int
        package let appends: [PlannedEvent]
        /// By which it is carried out as it was shown.
        package let digest: String
        /// Whether the note is as it was registered then: without that no job is run.
        package var isNoteAsRegistered: Bool?
    }

    /// All registrations, oldest first; none of a template that nobody knew by then.
    package func versions(of name: TemplateName, at position: Position) async throws -> [Version] {
        var versions: [Version] = []
        try await log.replay(TemplateEvent.codec, EventSelection(EventFilter(stream: name.stream), until: position)) { event, _ in
            versions.append(Version(event, version: versions.count + 1))
        }
        return versions
    }

    /// What a rollback would append: the registration in force at `to`, as it was.
    ///
    /// - Parameter notebook: Asked whether the note is as it was registered then.
    /// - Throws: ``RollbackError``; `Template.Rejection` where that registration is in force already.
    package func previewRollback(
        of name: TemplateName, to: Position, reason: String? = nil, notebook: AudienceService? = nil
    ) async throws -> Rollback {
        var plan = try await plan(name, to: to, from: log.head().position, reason: reason)
        if let notebook, let event = plan.appends.first, let id = event.data["definition"]?["noteId"]?.stringValue,
            let digest = event.data["noteDigest"]?.stringValue
        {
            plan.isNoteAsRegistered = try await notebook.isNote(id, asRegistered: digest)
        }
        return plan
    }

    /// Lets the registration in force at `to` hold again, until the template's file changes.
    ///
    /// - Parameter digest: Of the preview; `nil` takes what is there now.
    /// - Throws: ``RollbackError``; `Template.Rejection`.
    package func rollBack(
        _ name: TemplateName, to: Position, reason: String, digest: String? = nil, metadata: EventMetadata,
        identities: any IdentitySource
    ) async throws -> Rollback {
        let handler = CommandHandler(log: log, clock: clock, identities: identities)
        let number = try await number(of: name, at: to)
        let receipt = try await handler.decide(metadata: metadata) { batch in
            let state = try await batch.state(of: Template.self, on: name.stream)
            if let digest, try Self.plan(name, number, in: state, reason: nil).digest != digest {
                throw RollbackError.outdatedPreview("template \(name)")
            }
            try await batch.decide(Template.self, .restore(number: number, reason: reason, at: batch.now), on: name.stream)
        }
        guard let receipt else { preconditionFailure("a registration is restored by an event, or not at all") }
        return try await rollback(of: name, to: to, recordedAt: receipt.firstPosition)
    }

    /// The rollback that the event at `position` carried out, as its plan was.
    package func rollback(of name: TemplateName, to: Position, recordedAt position: Position) async throws -> Rollback {
        let reason = try await versions(of: name, at: position).last?.reason
        return try await plan(name, to: to, from: position - 1, reason: reason)
    }

    private func plan(_ name: TemplateName, to: Position, from: Position, reason: String?) async throws -> Rollback {
        var state = Template.initialState
        try await log.replay(TemplateEvent.codec, EventSelection(EventFilter(stream: name.stream), until: from)) { event, _ in
            Template.evolve(&state, with: event)
        }
        return try Self.plan(name, await number(of: name, at: to), in: state, reason: reason)
    }

    /// The registration in force then.
    private func number(of name: TemplateName, at position: Position) async throws -> Int {
        if let version = try await versions(of: name, at: position).last { return version.version }
        throw try await log.version(of: name.stream) == 0 ? RollbackError.unknown("template \(name)") : .nothingThen("template \(name)")
    }

    private static func plan(_ name: TemplateName, _ number: Int, in state: Template.State, reason: String?) throws -> Rollback {
        guard case .registered(let known) = state else { throw RollbackError.unknown("template \(name)") }
        // A preview needs no reason, and nobody knows yet when it will be carried out.
        let command = Template.Command.restore(number: number, reason: reason ?? "preview", at: Timestamp(microsecondsSince1970: 0))
        let events = try Template.decide(command, given: state)
        let bare = try events.map { try PlannedEvent($0, on: name.stream, without: ["at", "reason"]) }
        return Rollback(
            template: name, from: known.all.count, restores: number, becomes: known.all.count + events.count,
            appends: reason == nil ? bare : try events.map { try PlannedEvent($0, on: name.stream, without: ["at"]) },
            digest: try SignedPlan(from: known.all.count, appends: bare).digest)
    }
}
