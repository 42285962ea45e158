package import HindsightCore

/// Decides whether a template's file and its note are taken as what jobs run.
///
/// A registration pins the note. It changes when the file changes, never silently because somebody edited the note; and an earlier one may
/// be restored, which holds until the file changes again.
package enum Template: Decider {
    package enum Command: Sendable {
        case register(TemplateDefinition, note: NoteOutline, at: Timestamp)
        /// Lets an earlier registration hold again.
        ///
        /// - Parameter number: Which one it is in the template's stream: 1, 2, 3…
        case restore(number: Int, reason: String, at: Timestamp)
    }

    package typealias Event = TemplateEvent

    package enum State: Sendable, Equatable {
        case unknown
        case registered(Registrations)
    }

    /// All registrations of a template, in the order of its stream.
    package struct Registrations: Sendable, Equatable {
        package fileprivate(set) var all: [TemplateRegistered]
        /// What the file said when it was registered last: the registration in force may be a restored one.
        package fileprivate(set) var file: TemplateDefinition
        /// The one that jobs are run by.
        package fileprivate(set) var current: TemplateRegistered
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case noVariablesParagraph
        case noteChanged
        case nothingToRun
        case noPreviewParagraph
        case unknownRegistration(Int)
        case inForceAlready
        case needsReason

        package var description: String {
            switch self {
            case .noVariablesParagraph: "the note has not exactly one paragraph with the variables that the template names"
            case .noteChanged: "the note differs from its registration: change the template's file to register it again"
            case .nothingToRun: "no paragraph of the note is enabled"
            case .noPreviewParagraph:
                "after its variables the note has not exactly one enabled paragraph that the template names as the end of a preview"
            case .unknownRegistration(let number): "the template has no registration \(number)"
            case .inForceAlready: "to: the registration in force then is the one in force now: there is nothing to restore"
            case .needsReason: "reason: is missing: say why the earlier registration is restored"
            }
        }
    }

    package static let initialState = State.unknown

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [TemplateEvent] {
        switch command {
        case .register(let definition, let note, let now):
            guard let variables = note.paragraph(definition.variables) else { throw .noVariablesParagraph }
            guard note.paragraphs.contains(where: \.runs) else { throw .nothingToRun }
            if let preview = definition.preview {
                let step = PreviewStep(preview, in: note.paragraphs.map(\.step), after: variables.id)
                guard step != nil else { throw .noPreviewParagraph }
            }
            let registration: TemplateRegistered
            do {
                registration = TemplateRegistered(
                    definition: definition, variablesParagraph: variables.id, noteDigest: try note.digest(),
                    paragraphs: note.paragraphs.map(\.step), at: now)
            } catch {
                preconditionFailure("texts can always be encoded: \(error)")
            }
            // A file that says what it said last has not changed, so it undoes no rollback.
            if case .registered(let known) = state, known.file == definition {
                guard known.current.definition != definition || known.current.noteDigest == registration.noteDigest else {
                    throw .noteChanged
                }
                return []
            }
            return [.registered(registration)]
        case .restore(let number, let reason, let now):
            guard case .registered(let known) = state, known.all.indices.contains(number - 1) else { throw .unknownRegistration(number) }
            let earlier = known.all[number - 1]
            guard !earlier.saysTheSame(as: known.current) else { throw .inForceAlready }
            guard reason.contains(where: { !$0.isWhitespace }) else { throw .needsReason }
            return [.restored(TemplateRestored(earlier, number: number, reason: reason, at: now))]
        }
    }

    package static func evolve(_ state: inout State, with event: TemplateEvent) {
        let registration = event.registration
        guard case .registered(var known) = state else {
            state = .registered(Registrations(all: [registration], file: registration.definition, current: registration))
            return
        }
        known.all.append(registration)
        known.current = registration
        switch event {
        case .registered: known.file = registration.definition
        case .restored: break
        }
        state = .registered(known)
    }
}

package enum TemplateEvent: DomainEvent {
    case registered(TemplateRegistered)
    case restored(TemplateRestored)

    package static let codec = EventCodec<TemplateEvent>([.kind(TemplateEvent.registered), .kind(TemplateEvent.restored)])

    package var payload: any EventPayload {
        switch self {
        case .registered(let payload): payload
        case .restored(let payload): payload
        }
    }

    package var tags: [Tag] { [registration.definition.name.tag] }

    /// What jobs are run by from this event on.
    package var registration: TemplateRegistered {
        switch self {
        case .registered(let registered): registered
        case .restored(let restored): restored.registration
        }
    }
}

package struct TemplateRegistered: EventPayload {
    package static let type: EventType = "audience-jobs.template-registered"
    package var definition: TemplateDefinition
    /// The id of the paragraph with the defaults: parameters are inserted right after it.
    package var variablesParagraph: String
    package var noteDigest: String
    package var paragraphs: [NoteParagraph]
    package var at: Timestamp

    package init(definition: TemplateDefinition, variablesParagraph: String, noteDigest: String, paragraphs: [NoteParagraph], at: Timestamp)
    {
        self.definition = definition
        self.variablesParagraph = variablesParagraph
        self.noteDigest = noteDigest
        self.paragraphs = paragraphs
        self.at = at
    }
}

extension TemplateRegistered {
    /// Whether jobs are run alike by both, whenever they were registered.
    fileprivate func saysTheSame(as other: TemplateRegistered) -> Bool {
        var other = other
        other.at = at
        return self == other
    }
}

/// An earlier registration holds again. The note is not touched: where it was edited since, jobs are refused until it is as it was.
package struct TemplateRestored: EventPayload {
    package static let type: EventType = "audience-jobs.template-restored"
    package var definition: TemplateDefinition
    package var variablesParagraph: String
    package var noteDigest: String
    package var paragraphs: [NoteParagraph]
    /// Which registration it is: 1, 2, 3… in the template's stream.
    package var restores: Int
    package var reason: String
    package var at: Timestamp

    package init(_ earlier: TemplateRegistered, number: Int, reason: String, at: Timestamp) {
        definition = earlier.definition
        variablesParagraph = earlier.variablesParagraph
        noteDigest = earlier.noteDigest
        paragraphs = earlier.paragraphs
        restores = number
        self.reason = reason
        self.at = at
    }

    package var registration: TemplateRegistered {
        TemplateRegistered(
            definition: definition, variablesParagraph: variablesParagraph, noteDigest: noteDigest, paragraphs: paragraphs, at: at)
    }
}
