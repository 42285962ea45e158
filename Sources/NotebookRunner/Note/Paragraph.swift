/// One paragraph of a note: its text, what it was set to, and how its last run went.
struct Paragraph: Sendable, Codable, Equatable {
    enum Status: String, Sendable, Codable {
        case ready = "READY"
        case pending = "PENDING"
        case running = "RUNNING"
        case finished = "FINISHED"
        case error = "ERROR"
        case abort = "ABORT"

        var isTerminal: Bool {
            switch self {
            case .ready, .pending, .running: false
            case .finished, .error, .abort: true
            }
        }
    }

    let id: String
    var title: String?
    var text: String?
    var user: String
    var config: [String: JSON] = [:]
    var params: [String: JSON] = [:]
    var forms: [String: JSON] = [:]
    var status = Status.ready
    var results: ParagraphResult?
    var errorMessage: String?
    /// When the run was accepted that is pending or running.
    var accepted: Instant?
    var created = Instant.now()
    var updated: Instant?
    var started: Instant?
    /// The end of the last run; while a paragraph runs this is the end of the run before.
    var finished: Instant?

    /// The place of its run among all that were accepted, in microseconds.
    var acceptance: Int64 { (accepted ?? started ?? created).microseconds }

    /// A paragraph runs unless its configuration says `"enabled":false`.
    var isEnabled: Bool { config["enabled"]?.bool ?? true }

    /// What a clone gets: the same id, text, settings and *results*, but no dates and no status.
    func cloned(for user: String) -> Paragraph {
        var copy = Paragraph(id: id, title: title, text: text, user: user, config: config, params: params, forms: forms)
        copy.results = results
        return copy
    }

    /// Takes over the forms that a run asked for, in place of those of the run before; what is filled in stays.
    mutating func show(_ shown: FormsShown) {
        forms = shown.forms
        params.merge(shown.defaults) { given, _ in given }
    }

    /// A result without a run behind it: the interpreter was missing or its process died.
    mutating func fail(_ message: String) {
        status = .error
        results = ParagraphResult(code: .error, messages: [.init(type: .text, data: message)])
        errorMessage = message
    }
}

/// What a run answered: its code, and its output cut into typed pieces.
struct ParagraphResult: Sendable, Codable, Equatable {
    enum Code: String, Sendable, Codable {
        case success = "SUCCESS"
        case error = "ERROR"
    }

    struct Message: Sendable, Codable, Equatable {
        enum Kind: String, Sendable, Codable {
            case text = "TEXT"
            case table = "TABLE"
            case html = "HTML"
        }

        let type: Kind
        var data: String
    }

    var code: Code
    var messages: [Message]
}
