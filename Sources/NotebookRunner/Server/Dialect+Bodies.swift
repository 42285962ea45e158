/// What notes, paragraphs and statuses look like in an answer of 0.12.1.
extension Dialect {
    func listEntry(_ note: Note) -> JSON { ["id": .string(note.id), "path": .string(note.path)] }

    func note(_ note: Note) -> JSON {
        [
            "id": .string(note.id), "name": .string(note.name), "path": .string(note.path), "version": .string(Self.version),
            "defaultInterpreterGroup": .string(InterpreterName.python.rawValue), "paragraphs": .array(note.paragraphs.map(paragraph)),
            "config": .object(note.config), "info": .object(note.info), "noteParams": .object(note.noteParams),
            "noteForms": .object(note.noteForms), "angularObjects": [:],
        ]
    }

    func paragraph(_ paragraph: Paragraph) -> JSON {
        [
            "id": .string(paragraph.id), "jobName": .string(paragraph.id), "title": string(paragraph.title), "text": string(paragraph.text),
            "user": .string(paragraph.user), "config": .object(paragraph.config),
            "settings": ["params": .object(paragraph.params), "forms": .object(paragraph.forms)],
            "results": paragraph.results.map(results) ?? .null, "status": .string(paragraph.status.rawValue), "apps": [],
            "runtimeInfos": [:],
            "progressUpdateIntervalMs": 500, "errorMessage": string(paragraph.errorMessage),
            "dateCreated": .string(paragraph.created.gsonDate), "dateUpdated": string(paragraph.updated?.gsonDate),
            "dateStarted": string(paragraph.started?.gsonDate), "dateFinished": string(paragraph.finished?.gsonDate),
        ]
    }

    func results(_ result: ParagraphResult) -> JSON {
        let messages = result.messages.map { message -> JSON in ["type": .string(message.type.rawValue), "data": .string(message.data)] }
        return ["code": .string(result.code.rawValue), "msg": .array(messages)]
    }

    /// - Parameter isRunning: Whether the whole note is being run; a single paragraph's run doesn't count.
    func jobStatus(_ note: Note, isRunning: Bool) -> JSON {
        ["id": .string(note.id), "isRunning": .bool(isRunning), "paragraphs": .array(note.paragraphs.map(jobStatus))]
    }

    /// All members are strings; `finished` is that of the run before while a paragraph runs.
    func jobStatus(_ paragraph: Paragraph) -> JSON {
        [
            "id": .string(paragraph.id), "status": .string(paragraph.status.rawValue),
            "progress": paragraph.status.isTerminal ? "100" : "0",
            "started": string(paragraph.started?.javaDate), "finished": string(paragraph.finished?.javaDate),
            "errorMessage": string(paragraph.errorMessage),
        ]
    }

    func permissions(_ permissions: Permissions) -> JSON {
        func list(_ users: Set<String>) -> JSON { .array(users.sorted().map { .string($0) }) }
        return [
            "owners": list(permissions.owners), "readers": list(permissions.readers), "runners": list(permissions.runners),
            "writers": list(permissions.writers),
        ]
    }

    /// The roles are a JSON array inside a string.
    func login(_ session: Authentication.Session) -> JSON {
        ["principal": .string(session.user), "roles": "[]", "ticket": .string(session.ticket)]
    }

    var version: JSON { ["version": .string(Self.version), "git-commit-id": "", "git-timestamp": ""] }

    func interpreterSetting(_ name: InterpreterName) -> JSON {
        ["id": .string(name.rawValue), "name": .string(name.rawValue), "group": .string(name.rawValue), "status": "READY"]
    }

    private func string(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
}
