/// What notes, paragraphs and statuses look like in an answer.
extension Dialect {
    func listEntry(_ note: Note) -> JSON {
        showsPaths ? ["id": .string(note.id), "path": .string(note.path)] : ["id": .string(note.id), "name": .string(note.place)]
    }

    func note(_ note: Note) -> JSON {
        var members: [String: JSON] = [
            "id": .string(note.id), "name": .string(showsPaths ? note.name : note.place),
            "paragraphs": .array(note.paragraphs.map(paragraph)), "config": .object(note.config), "info": .object(note.info),
            "noteParams": .object(note.noteParams), "noteForms": .object(note.noteForms), "angularObjects": [:],
        ]
        if showsPaths {
            members["path"] = .string(note.path)
            members["version"] = .string(version)
            members["defaultInterpreterGroup"] = .string(InterpreterName.python.rawValue)
        }
        return .object(members)
    }

    func paragraph(_ paragraph: Paragraph) -> JSON {
        [
            "id": .string(paragraph.id), "jobName": .string(paragraph.id), "title": string(paragraph.title), "text": string(paragraph.text),
            "user": .string(paragraph.user), "config": .object(paragraph.config),
            "settings": ["params": .object(paragraph.params), "forms": .object(paragraph.forms)],
            "results": paragraph.results.map(results) ?? .null, "status": .string(paragraph.status.rawValue), "apps": [],
            "runtimeInfos": [:],
            "progressUpdateIntervalMs": 500, "errorMessage": string(paragraph.errorMessage),
            "dateCreated": date(paragraph.created), "dateUpdated": date(paragraph.updated),
            "dateStarted": date(paragraph.started), "dateFinished": date(paragraph.finished),
        ]
    }

    func results(_ result: ParagraphResult) -> JSON {
        let messages = result.messages.map { message -> JSON in ["type": .string(message.type.rawValue), "data": .string(message.data)] }
        return ["code": .string(result.code.rawValue), "msg": .array(messages)]
    }

    /// - Parameter isRunning: Whether the whole note is being run; a single paragraph's run doesn't count.
    func jobStatus(_ note: Note, isRunning: Bool) -> JSON {
        let paragraphs = JSON.array(note.paragraphs.map(jobStatus))
        return noteStatusIsArray ? paragraphs : ["id": .string(note.id), "isRunning": .bool(isRunning), "paragraphs": paragraphs]
    }

    /// All members are strings; `finished` is that of the run before while a paragraph runs.
    func jobStatus(_ paragraph: Paragraph) -> JSON {
        [
            "id": .string(paragraph.id), "status": .string(paragraph.status.rawValue), "progress": .string(progress(of: paragraph)),
            "started": string(paragraph.started?.javaDate), "finished": string(paragraph.finished?.javaDate),
            "errorMessage": showsErrorMessage ? string(paragraph.errorMessage) : .null,
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
        let roles = JSON.array(session.caller.roles.sorted().map { .string($0) })
        return ["principal": .string(session.caller.name), "roles": .string(roles.gson), "ticket": .string(session.ticket)]
    }

    /// The commit is empty, as in a build from a source archive.
    var versionBody: JSON { ["version": .string(version), "git-commit-id": "", "git-timestamp": ""] }

    func interpreterSetting(_ name: InterpreterName) -> JSON {
        ["id": .string(name.rawValue), "name": .string(name.rawValue), "group": .string(name.rawValue), "status": "READY"]
    }

    private func progress(of paragraph: Paragraph) -> String {
        switch paragraph.status {
        case .running: "0"
        case .ready, .pending: idleProgress
        case .finished, .error, .abort: "100"
        }
    }

    private func date(_ instant: Instant?) -> JSON {
        guard let instant else { return .null }
        return switch noteDates {
        case .java8: .string(instant.gsonDate(afterYear: " "))
        case .java11: .string(instant.gsonDate(afterYear: ", "))
        }
    }

    private func string(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
}
