package import AudienceJobs
import HindsightCore

extension ZeppelinClient {
    package func note(_ id: String) async throws(ZeppelinError) -> ZeppelinNote {
        let dialect = try await dialect()
        guard let note = ZeppelinNote(try await call(.get, "/notebook/\(id)"), dialect) else { throw broken("the note") }
        return note
    }

    /// The note of a template.
    ///
    /// - Throws: `TemplateProblem` if there is no such note; ``ZeppelinError``.
    package func outline(of template: TemplateDefinition) async throws -> NoteOutline {
        do throws(ZeppelinError) {
            return try await note(template.noteId).outline
        } catch {
            guard case .notFound = error else { throw error }
            throw TemplateProblem(pointer: "/noteId", reason: "names \(template.noteId), and Zeppelin knows no note of this id")
        }
    }

    /// The notes that stand at exactly this path, in the order of their ids: more than one only in 0.8.
    func notes(at path: String) async throws(ZeppelinError) -> [ZeppelinNote] {
        let dialect = try await dialect()
        switch dialect {
        case .since011:
            let body: JSONValue
            do throws(ZeppelinError) {
                body = try await call(.post, "/notebook/getByPath", body: ["notePath": .string(path)])
            } catch .notFound {
                return []
            }
            guard let note = ZeppelinNote(body, dialect), note.path == path else { throw broken("the note") }
            return [note]
        case .v08, .v09:
            var notes: [ZeppelinNote] = []
            for id in try await ids(at: path, dialect) {
                do throws(ZeppelinError) {
                    notes.append(try await note(id))
                } catch .notFound {
                    // It was removed after it was listed.
                    continue
                }
            }
            return notes
        }
    }

    /// Whether a note that we may not read keeps others from its path, and can't be found there.
    var hidesTakenPlaces: Bool {
        get async throws(ZeppelinError) { try await dialect() == .v09 }
    }

    private func ids(at path: String, _ dialect: ZeppelinDialect) async throws(ZeppelinError) -> [String] {
        guard let list = try await call(.get, "/notebook").arrayValue else { throw broken("the list of notes") }
        var ids: [String] = []
        for entry in list {
            guard let id = entry["id"]?.stringValue, let place = dialect.path(of: entry) else { throw broken("the list of notes") }
            if place == path { ids.append(id) }
        }
        return ids.sorted()
    }

    /// Clones a note. Not idempotent: look the path up first.
    ///
    /// - Returns: The clone's id.
    package func clone(_ id: String, to path: String) async throws(ZeppelinError) -> String {
        guard let clone = try await call(.post, "/notebook/\(id)", body: ZeppelinDialect.place(path)).stringValue, !clone.isEmpty else {
            throw broken("the clone's id")
        }
        return clone
    }

    /// Removes a note for good; one that is not there is as good as removed.
    func delete(_ id: String) async throws(ZeppelinError) {
        do throws(ZeppelinError) {
            _ = try await call(.delete, "/notebook/\(id)")
        } catch .notFound {
            return
        }
    }

    /// Removes a paragraph; one that is not there is as good as removed.
    func remove(_ paragraph: String, from note: String) async throws(ZeppelinError) {
        do throws(ZeppelinError) {
            _ = try await call(.delete, "/notebook/\(note)/paragraph/\(paragraph)")
        } catch .notFound {
            return
        }
    }

    func permissions(of id: String) async throws(ZeppelinError) -> NotePermissions {
        let body = try await call(.get, "/notebook/\(id)/permissions")
        func list(_ name: String) -> [String]? { body[name]?.arrayValue?.compactMap(\.stringValue) }
        guard let owners = list("owners"), let readers = list("readers"), let runners = list("runners"), let writers = list("writers")
        else {
            throw broken("the permissions")
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
            throw broken("the paragraph's id")
        }
        return paragraph
    }
}
