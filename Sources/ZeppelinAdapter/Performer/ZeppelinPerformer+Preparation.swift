import AudienceJobs
import HindsightCore

/// Clone, permissions, parameters: each is looked up before it is sent, so that none happens twice.
extension ZeppelinPerformer {
    func clone(_ request: CloneRequest) async throws -> CloneResult {
        if let standing = try await lookUpClone(request) { return standing }
        let id = try await zeppelin.clone(request.templateNoteId, to: request.notePath)
        let clone = try await zeppelin.note(id)
        guard clone.path == request.notePath else {
            throw EffectRefusal(cause: .notOurNote, reason: "the clone stands at another path than was asked for")
        }
        return try await adopted(clone, request)
    }

    /// The clone that stands at the job's path; `nil` if none does.
    func lookUpClone(_ request: CloneRequest) async throws -> CloneResult? {
        let template: ZeppelinNote
        do {
            template = try await zeppelin.note(request.templateNoteId)
        } catch ZeppelinError.notFound {
            throw EffectRefusal(cause: .templateNoteMissing, reason: "the template's note is not there")
        }
        if let standing = try await zeppelin.note(at: request.notePath) { return try await adopted(standing, request) }
        guard try template.outline.digest() == request.templateDigest else {
            throw EffectRefusal(cause: .templateNoteChanged, reason: "the template's note differs from its registration")
        }
        return nil
    }

    /// Takes a note only if it is ours and holds exactly what was registered.
    private func adopted(_ note: ZeppelinNote, _ request: CloneRequest) async throws -> CloneResult {
        let owners = try await zeppelin.permissions(of: note.id).owners
        guard owners.isEmpty || owners.contains(zeppelin.userName) else {
            throw EffectRefusal(cause: .notOurNote, reason: "a note of somebody else stands at the job's path")
        }
        // A lost intent may have put the parameters in already; they are not part of the template.
        let outline = NoteOutline(paragraphs: note.outline.paragraphs.filter { !$0.title.hasPrefix("job:") })
        guard try outline.digest() == request.templateDigest else {
            // 0.12.1 takes the path before it copies the paragraphs, so a clone may be seen before it is complete.
            let template = try await zeppelin.note(request.templateNoteId).outline
            if outline.paragraphs.count < template.paragraphs.count, template.paragraphs.starts(with: outline.paragraphs) {
                throw UnclearEffect(reason: "the clone is not complete")
            }
            throw EffectRefusal(cause: .templateNoteChanged, reason: "the clone differs from the template's registration")
        }
        return CloneResult(noteId: note.id, paragraphs: outline.paragraphs.map(\.step))
    }

    // MARK: - Permissions

    func setPermissions(_ request: PermissionsRequest) async throws -> PermissionsResult {
        let wanted = wantedPermissions
        try await zeppelin.setPermissions(of: request.noteId, to: wanted)
        let found = try await zeppelin.permissions(of: request.noteId)
        guard found == wanted else {
            throw EffectRefusal(cause: .permissionsDiffer, reason: "the permissions read back differ from those that were set")
        }
        return PermissionsResult(permissions: found)
    }

    /// The note's lists if they are as wanted; `nil` if they are to be set.
    func lookUpPermissions(_ request: PermissionsRequest) async throws -> PermissionsResult? {
        let found = try await zeppelin.permissions(of: request.noteId)
        return found == wantedPermissions ? PermissionsResult(permissions: found) : nil
    }

    /// No list is empty, because an empty one admits everybody.
    private var wantedPermissions: NotePermissions {
        let user = zeppelin.userName
        let wanted = settings.permissions
        func list(_ names: [String]) -> [String] { names.isEmpty ? [user] : names }
        return NotePermissions(
            owners: Array(Set(wanted.owners + [user])), readers: list(wanted.readers), runners: list(wanted.runners),
            writers: list(wanted.writers))
    }

    // MARK: - Parameters

    func insert(_ request: ParametersRequest) async throws -> ParametersResult {
        if let standing = try await lookUpInsert(request) { return standing }
        _ = try await zeppelin.insert(
            title: request.title, text: try await text(for: request), at: request.index, into: request.noteId)
        guard let inserted = try await lookUpInsert(request) else { throw UnclearEffect(reason: "the paragraph is not in the note") }
        return inserted
    }

    /// The paragraph with the title, which names job and values; `nil` if there is none.
    func lookUpInsert(_ request: ParametersRequest) async throws -> ParametersResult? {
        let note = try await zeppelin.note(request.noteId)
        guard let index = note.paragraphs.firstIndex(where: { $0.title == request.title }) else { return nil }
        let paragraph = note.paragraphs[index]
        guard index == request.index, paragraph.text == (try await text(for: request)) else {
            throw EffectRefusal(cause: .parametersChanged, reason: "the paragraph with the parameters was changed")
        }
        return ParametersResult(paragraphId: paragraph.id, states: try await zeppelin.status(of: request.noteId).states)
    }

    private func text(for request: ParametersRequest) async throws -> String {
        let values = try await parameters(request.job)
        guard try Digest.hexadecimal(of: values) == request.digest else {
            throw EffectRefusal(cause: .parametersChanged, reason: "the job's values differ from those that were asked for")
        }
        return try ParametersParagraph.text(
            job: request.job.description, outputName: request.outputName, parameters: values, interpreter: request.interpreter)
    }
}
