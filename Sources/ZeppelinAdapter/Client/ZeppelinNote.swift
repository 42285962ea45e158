package import AudienceJobs
import HindsightCore

/// A note as Zeppelin gives it, as far as it matters here.
package struct ZeppelinNote: Sendable, Equatable {
    package struct Paragraph: Sendable, Equatable {
        package var id: String
        package var title: String
        package var text: String
        package var isEnabled: Bool
        package var errorMessage: String?
        package var status: String
        /// Whether it ever ran in this note: a result may have been copied from the template.
        package var hasStarted: Bool
        package var result: Result?

        /// What the paragraph printed.
        package struct Result: Sendable, Equatable {
            package var code: String
            package var texts: [String]
        }
    }

    package var id: String
    package var path: String
    package var paragraphs: [Paragraph]

    /// `nil` for a body of another shape.
    init?(_ body: JSONValue, _ dialect: ZeppelinDialect) {
        guard let id = body["id"]?.stringValue, let path = dialect.path(of: body), let list = body["paragraphs"]?.arrayValue else {
            return nil
        }
        let paragraphs = list.compactMap(Paragraph.init)
        guard paragraphs.count == list.count else { return nil }
        (self.id, self.path, self.paragraphs) = (id, path, paragraphs)
    }

    /// What decides what the note does.
    package var outline: NoteOutline {
        NoteOutline(
            paragraphs: paragraphs.map {
                NoteOutline.Paragraph(id: $0.id, title: $0.title, text: $0.text, runs: $0.isEnabled && !$0.isBlank)
            })
    }
}

extension ZeppelinNote.Paragraph {
    init?(_ body: JSONValue) {
        guard let id = body["id"]?.stringValue else { return nil }
        self.id = id
        title = body["title"]?.stringValue ?? ""
        text = body["text"]?.stringValue ?? ""
        isEnabled = body["config"]?["enabled"]?.boolValue ?? true
        errorMessage = body["errorMessage"]?.stringValue
        status = body["status"]?.stringValue ?? ""
        hasStarted = body["dateStarted"]?.stringValue != nil
        if let results = body["results"], let code = results["code"]?.stringValue {
            result = Result(code: code, texts: (results["msg"]?.arrayValue ?? []).compactMap { $0["data"]?.stringValue })
        }
    }

    /// Whether nothing stands after the interpreter's name: Zeppelin calls such a paragraph finished without running it.
    var isBlank: Bool {
        var rest = text[...].drop { $0.isWhitespace }
        if rest.first == "%" { rest = rest.drop { !$0.isWhitespace } }
        return rest.allSatisfy(\.isWhitespace)
    }
}

/// A note's status: which of its paragraphs stands where.
struct ZeppelinNoteStatus: Sendable, Equatable {
    struct Paragraph: Sendable, Equatable {
        var state: ParagraphState
        var finished: String?
        /// In percent. What the server says counts only while the paragraph runs: 0.8 calls whatever waits 100, too.
        var progress: Int
    }

    var paragraphs: [Paragraph]

    init?(_ list: [JSONValue]) {
        paragraphs = list.compactMap { entry in
            guard let id = entry["id"]?.stringValue, let status = entry["status"]?.stringValue else { return nil }
            let said = entry["progress"].flatMap { $0.stringValue.flatMap(Int.init) ?? $0.integerValue.map(Int.init) } ?? 0
            let progress = status == "RUNNING" ? said : status == "FINISHED" ? 100 : 0
            return Paragraph(
                state: ParagraphState(id: id, status: status, started: entry["started"]?.stringValue),
                finished: entry["finished"]?.stringValue, progress: progress)
        }
        guard paragraphs.count == list.count else { return nil }
    }

    subscript(id: String) -> Paragraph? { paragraphs.first { $0.state.id == id } }

    var states: [ParagraphState] { paragraphs.map(\.state) }
}
