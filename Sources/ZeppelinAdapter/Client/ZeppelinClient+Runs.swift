import HindsightCore

extension ZeppelinClient {
    /// Queues one more run of the paragraph, whatever it is doing now; a 200 proves nothing but that it arrived.
    ///
    /// - Parameter form: What the paragraph's dynamic forms are filled with, which stays with the paragraph. Nothing leaves them as they are.
    func run(_ paragraph: String, of note: String, filling form: [String: String] = [:]) async throws(ZeppelinError) {
        let body: JSONValue? = form.isEmpty ? nil : ["params": .object(form.mapValues(JSONValue.string))]
        _ = try await call(.post, "/notebook/job/\(note)/\(paragraph)", body: body)
    }

    /// Asks for a stop; the paragraph ends some time later.
    func stop(_ paragraph: String, of note: String) async throws(ZeppelinError) {
        _ = try await call(.delete, "/notebook/job/\(note)/\(paragraph)")
    }

    func status(of note: String) async throws(ZeppelinError) -> ZeppelinNoteStatus {
        let body = try await call(.get, "/notebook/job/\(note)")
        guard let list = try await dialect().statuses(in: body), let status = ZeppelinNoteStatus(list) else {
            throw broken("the note's status")
        }
        return status
    }

    func paragraph(_ id: String, of note: String) async throws(ZeppelinError) -> ZeppelinNote.Paragraph {
        let body = try await call(.get, "/notebook/\(note)/paragraph/\(id)")
        guard let paragraph = ZeppelinNote.Paragraph(body) else { throw broken("the paragraph") }
        return paragraph
    }
}
