package import HindsightCore

/// Decides whether a template's file and its note are taken as what jobs run.
///
/// A registration pins the note. It changes when the file changes, never silently because somebody edited the note.
package enum Template: Decider {
    package enum Command: Sendable {
        case register(TemplateDefinition, note: NoteOutline, at: Timestamp)
    }

    package typealias Event = TemplateEvent

    package enum State: Sendable, Equatable {
        case unknown
        case registered(TemplateRegistered)
    }

    package enum Rejection: Error, Equatable, CustomStringConvertible {
        case noVariablesParagraph
        case noteChanged
        case nothingToRun

        package var description: String {
            switch self {
            case .noVariablesParagraph: "the note has not exactly one paragraph with the variables that the template names"
            case .noteChanged: "the note differs from its registration: change the template's file to register it again"
            case .nothingToRun: "no paragraph of the note is enabled"
            }
        }
    }

    package static let initialState = State.unknown

    package static func decide(_ command: Command, given state: State) throws(Rejection) -> [TemplateEvent] {
        switch command {
        case .register(let definition, let note, let now):
            guard let variables = note.paragraph(definition.variables) else { throw .noVariablesParagraph }
            guard note.paragraphs.contains(where: \.runs) else { throw .nothingToRun }
            let registration: TemplateRegistered
            do {
                registration = TemplateRegistered(
                    definition: definition, variablesParagraph: variables.id, noteDigest: try note.digest(),
                    paragraphs: note.paragraphs.map(\.step), at: now)
            } catch {
                preconditionFailure("texts can always be encoded: \(error)")
            }
            if case .registered(let known) = state, known.definition == definition {
                guard known.noteDigest == registration.noteDigest else { throw .noteChanged }
                return []
            }
            return [.registered(registration)]
        }
    }

    package static func evolve(_ state: inout State, with event: TemplateEvent) {
        switch event {
        case .registered(let registration): state = .registered(registration)
        }
    }
}

package enum TemplateEvent: DomainEvent {
    case registered(TemplateRegistered)

    package static let codec = EventCodec<TemplateEvent>([.kind(TemplateEvent.registered)])

    package var payload: any EventPayload {
        switch self {
        case .registered(let payload): payload
        }
    }

    package var tags: [Tag] {
        switch self {
        case .registered(let payload): [payload.definition.name.tag]
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
