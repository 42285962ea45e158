import AudienceJobs
import HindsightCore

/// Clone, permissions, parameters: each is looked up before it is sent, so that none happens twice.
extension ZeppelinPerformer {
    /// After so many attempts that ended in a server's error, and left nothing that can be seen, the place itself is the reason.
    private static let attemptsAtAPlace = 5

    func clone(_ request: CloneRequest, _ intent: EffectIntent) async throws -> CloneResult {
        if let standing = try await beforeTheDeed({ try await lookUpClone(request, intent) }) { return standing }
        let id = try await makeClone(request, intent)
        return try await afterTheDeed {
            guard try await zeppelin.note(id).path == request.notePath else {
                try await discard(id)
                throw EffectRefusal(cause: .notOurNote, reason: "the clone stood at another path than was asked for")
            }
            guard let standing = try await lookUpClone(request, intent) else {
                throw UnclearEffect(reason: "the clone is not at its path")
            }
            return standing
        }
    }

    /// Removes a note that nobody would ever look for where it stands; so what became of the request is seen to now, by a second one.
    private func discard(_ id: String) async throws {
        do throws(ZeppelinError) {
            try await zeppelin.delete(id)
        } catch {
            guard !error.isDefinite else { throw error }
            try await zeppelin.delete(id)
        }
    }

    /// Where places can't be asked for, a note that we may not read is in no list, and its place gives a bare error, as any trouble would.
    private func makeClone(_ request: CloneRequest, _ intent: EffectIntent) async throws -> String {
        do {
            return try await zeppelin.clone(request.templateNoteId, to: request.notePath)
        } catch {
            let attempts = intent.attempt - intent.postponements
            guard case .unclear(status: 500..., _) = error, attempts >= Self.attemptsAtAPlace, try await zeppelin.hidesTakenPlaces else {
                throw error
            }
            if let standing = try await lookUpClone(request, intent) { return standing.noteId }
            throw EffectRefusal(
                cause: .cloneRefused, reason: "the clone was refused \(attempts) times, and nothing can be seen at its path")
        }
    }

    /// The clone that stands at the job's path; `nil` if none does.
    ///
    /// 0.8 may hold several: one is taken, and the others are removed as far as nobody has used them.
    func lookUpClone(_ request: CloneRequest, _ intent: EffectIntent) async throws -> CloneResult? {
        let template = try await template(request.templateNoteId)
        let standing = try await notes(at: request.notePath)
        if let first = standing.first {
            let ours = try await adoptable(standing, request, template)
            // Dates are opaque, so "the oldest" can't be told; the ids' order is the same at every look-up.
            if let taken = ours.first(where: { !$0.isUntouched }) ?? ours.first {
                for surplus in ours where surplus.id != taken.id && surplus.isUntouched { try await zeppelin.delete(surplus.id) }
                return CloneResult(noteId: taken.id, paragraphs: taken.templatePart.paragraphs.map(\.step))
            }
            guard try await removeHalfClones(standing, of: template, intent) else { throw try await refusal(of: first, template) }
        }
        guard try template.outline.digest() == request.templateDigest else {
            throw EffectRefusal(cause: .templateNoteChanged, reason: "the template's note differs from its registration")
        }
        return nil
    }

    private func template(_ id: String) async throws -> ZeppelinNote {
        do {
            return try await zeppelin.note(id)
        } catch {
            guard case .notFound = error else { throw error }
            throw EffectRefusal(cause: .templateNoteMissing, reason: "the template's note is not there")
        }
    }

    private func notes(at path: String) async throws -> [ZeppelinNote] {
        do {
            return try await zeppelin.notes(at: path)
        } catch {
            guard case .forbidden = error else { throw error }
            throw EffectRefusal(cause: .notOurNote, reason: "a note of somebody else stands at the job's path")
        }
    }

    /// Those of the notes that are ours and hold exactly what was registered.
    private func adoptable(
        _ notes: [ZeppelinNote], _ request: CloneRequest, _ template: ZeppelinNote
    ) async throws -> [ZeppelinNote] {
        var ours: [ZeppelinNote] = []
        for note in notes where note.id != template.id {
            if try note.templatePart.digest() == request.templateDigest, try await isOurs(note) { ours.append(note) }
        }
        return ours
    }

    /// Removes what a server that was stopped in the midst of copying has left: 0.12.1 takes the path before it copies the paragraphs.
    ///
    /// Nothing but the first paragraphs of the template may stand there, in a note of ours in which nobody has run or changed anything; and
    /// so much time must have passed that no more of it can come.
    /// - Returns: Whether the place is free now; else one of the notes is something else.
    private func removeHalfClones(_ notes: [ZeppelinNote], of template: ZeppelinNote, _ intent: EffectIntent) async throws -> Bool {
        for note in notes {
            guard note.id != template.id, note.isBeginning(of: template), try await isOurs(note) else { return false }
        }
        guard notes.allSatisfy(\.isUntouched) else {
            throw EffectRefusal(cause: .cloneIncomplete, reason: "the clone is not complete, and somebody has used it")
        }
        guard let since = intent.intendedAt, clock.now() >= since.advanced(by: settings.limits.settling) else {
            throw UnclearEffect(reason: "the clone is not complete")
        }
        for note in notes { try await zeppelin.delete(note.id) }
        return true
    }

    /// Why a note that stands at the job's path can't be taken.
    private func refusal(of note: ZeppelinNote, _ template: ZeppelinNote) async throws -> any Error {
        guard try await isOurs(note) else {
            return EffectRefusal(cause: .notOurNote, reason: "a note of somebody else stands at the job's path")
        }
        let found = note.templatePart.paragraphs
        guard found.map(\.id) == template.paragraphs.map(\.id) else {
            return EffectRefusal(cause: .notOurNote, reason: "a note that is no clone of the template stands at the job's path")
        }
        return EffectRefusal(cause: .templateNoteChanged, reason: "the clone differs from the template's registration")
    }

    /// A note of nobody is ours only where everybody is nobody.
    func isOurs(_ note: ZeppelinNote) async throws -> Bool {
        let owners = try await zeppelin.permissions(of: note.id).owners
        return await owners.contains(zeppelin.userName) || (owners.isEmpty && zeppelin.isAnonymous)
    }

    // MARK: - Permissions

    func setPermissions(_ request: PermissionsRequest) async throws -> PermissionsResult {
        if let standing = try await beforeTheDeed({ try await lookUpPermissions(request) }) { return standing }
        let wanted = await wantedPermissions
        try await zeppelin.setPermissions(of: request.noteId, to: wanted)
        return try await afterTheDeed {
            let found = try await zeppelin.permissions(of: request.noteId)
            guard found == wanted else {
                throw EffectRefusal(cause: .permissionsDiffer, reason: "the permissions read back differ from those that were set")
            }
            return PermissionsResult(permissions: found)
        }
    }

    /// The note's lists if they are as wanted; `nil` if they are to be set.
    func lookUpPermissions(_ request: PermissionsRequest) async throws -> PermissionsResult? {
        let found = try await zeppelin.permissions(of: request.noteId)
        return found == (await wantedPermissions) ? PermissionsResult(permissions: found) : nil
    }

    /// No list is empty, because an empty one admits everybody.
    private var wantedPermissions: NotePermissions {
        get async {
            let user = await zeppelin.userName
            let wanted = settings.permissions
            func list(_ names: [String]) -> [String] { names.isEmpty ? [user] : Array(Set(names)) }
            return NotePermissions(
                owners: Array(Set(wanted.owners + [user])), readers: list(wanted.readers), runners: list(wanted.runners),
                writers: list(wanted.writers))
        }
    }

    // MARK: - Parameters

    func insert(_ request: ParametersRequest) async throws -> ParametersResult {
        if let standing = try await beforeTheDeed({ try await lookUpInsert(request) }) { return standing }
        _ = try await zeppelin.insert(
            title: request.title, text: try await text(for: request), at: request.index, into: request.noteId)
        return try await afterTheDeed {
            guard let inserted = try await lookUpInsert(request) else { throw UnclearEffect(reason: "the paragraph is not in the note") }
            return inserted
        }
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
        let document = try await document(FormRequest(job: request.job, outputName: request.outputName, digest: request.digest))
        return switch request.parametersAs ?? .variables {
        case .variables: ParametersParagraph.text(document: document, interpreter: request.interpreter)
        case .forms: ParametersParagraph.textWithForm(interpreter: request.interpreter)
        }
    }

    /// The form's values, and what else the notebook has to know, in the form in which they travel.
    func document(_ request: FormRequest) async throws -> String {
        let values = try await jobs.parameters(of: request.job)
        guard try Digest.hexadecimal(of: values) == request.digest else {
            throw EffectRefusal(cause: .parametersChanged, reason: "the job's values differ from those that were asked for")
        }
        return try ParametersParagraph.document(job: request.job.description, outputName: request.outputName, parameters: values)
    }
}

extension ZeppelinNote {
    /// The note without the paragraphs that a job put in.
    fileprivate var templatePart: NoteOutline {
        NoteOutline(paragraphs: outline.paragraphs.filter { !$0.title.hasPrefix(ParametersParagraph.titlePrefix) })
    }

    /// Whether it holds the first paragraphs of the other, as they are there, and nothing else.
    fileprivate func isBeginning(of other: ZeppelinNote) -> Bool {
        let (own, whole) = (outline.paragraphs, other.outline.paragraphs)
        return own.count < whole.count && whole.starts(with: own)
    }

    /// Whether a clone is as it was made: nobody would miss it.
    var isUntouched: Bool {
        paragraphs.allSatisfy { $0.isUntouched && !$0.title.hasPrefix(ParametersParagraph.titlePrefix) }
    }
}

extension ZeppelinNote.Paragraph {
    /// Results don't count: a clone has those of the template.
    var isUntouched: Bool { status == "READY" && !hasStarted }
}
