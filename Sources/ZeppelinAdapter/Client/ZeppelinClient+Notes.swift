import AudienceJobs
import HindsightCore

extension ZeppelinClient {
    package func note(_ id: String) async throws(ZeppelinError) -> ZeppelinNote {
        guard let note = ZeppelinNote(try await call(.get, "/notebook/\(id)")) else { throw Self.broken("the note") }
        return note
    }

    /// The note that stands at exactly this path; `nil` if none does.
    func note(at path: String) async throws(ZeppelinError) -> ZeppelinNote? {
        let request = try await dialect().lookUp(path: path)
        let body: JSONValue
        do throws(ZeppelinError) {
            body = try await call(.post, request.path, body: request.body)
        } catch .notFound {
            return nil
        }
        guard let note = ZeppelinNote(body) else { throw Self.broken("the note") }
        return note
    }

    /// Clones a note. Not idempotent: look the path up first.
    ///
    /// - Returns: The clone's id.
    func clone(_ id: String, to path: String) async throws(ZeppelinError) -> String {
        let body = try await dialect().cloneBody(path: path)
        guard let clone = try await call(.post, "/notebook/\(id)", body: body).stringValue, !clone.isEmpty else {
            throw Self.broken("the clone's id")
        }
        return clone
    }

    func permissions(of id: String) async throws(ZeppelinError) -> NotePermissions {
        let body = try await call(.get, "/notebook/\(id)/permissions")
        func list(_ name: String) -> [String]? { body[name]?.arrayValue?.compactMap(\.stringValue) }
        guard let owners = list("owners"), let readers = list("readers"), let runners = list("runners"), let writers = list("writers")
        else {
            throw Self.broken("the permissions")
        }
        return NotePermissions(owners: owners, readers: readers, runners: runners, writers: writers)
    }

    /// Sets all four lists: a list left out is an error in Zeppelin, possibly after others were set.
    func setPermissions(of id: String, to permissions: NotePermissions) async throws(ZeppelinError) {
        func list(_ names: [String]) -> JSONValue { .array(names.map(JSONValue.string)) }
        let body: JSONValue = [
            "owners": list(permissions.owners), "readers": list(permissions.readers), "runners": list(permissions.runners),
            "writers": list(permissions.writers),
        ]
        _ = try await call(.put, "/notebook/\(id)/permissions", body: body)
    }

    /// Inserts a paragraph. Not idempotent: look the title up first.
    package func insert(title: String, text: String, at index: Int, into id: String) async throws(ZeppelinError) -> String {
        let body: JSONValue = ["title": .string(title), "text": .string(text), "index": .integer(Int64(index))]
        guard let paragraph = try await call(.post, "/notebook/\(id)/paragraph", body: body).stringValue, !paragraph.isEmpty else {
            throw Self.broken("the paragraph's id")
        }
        return paragraph
    }

    static func broken(_ what: String) -> ZeppelinError { .unclear(status: 200, reason: "\(what) can't be read from the body") }
}
