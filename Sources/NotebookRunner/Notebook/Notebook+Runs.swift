/// Runs: accepted, started one at a time in each session, finished, stopped.
extension Notebook {
    /// Where an accepted run stands: in the queue under a number, or settled without having run.
    enum Acceptance: Sendable {
        case queued(Int)
        case settled
    }

    /// What a request to run a paragraph brings with it.
    struct RunOrder: Sendable {
        var params: [String: JSON] = [:]
        /// Whether the run gets an interpreter that no other note uses.
        var isAlone = false
        var leavesStatus = false
        var isRecovered = false
        var mishap: Mishap?
    }

    /// Queues one more run of a paragraph, whatever it is doing now.
    ///
    /// What becomes of a disabled paragraph and of an unknown interpreter is the dialect's to say.
    func run(_ id: String, of note: String, _ order: RunOrder, by caller: Caller) throws -> Acceptance {
        let existing = try existing(note)
        try require(.runParagraph, on: existing, for: caller)
        return try accept(id, of: existing, order, by: caller)
    }

    /// Queues what the last life of the runner left behind, for the user whose run it was.
    func runAgain(_ id: String, of note: String) throws {
        let existing = try existing(note)
        let user = try Self.paragraph(id, in: existing).user
        _ = try accept(id, of: existing, RunOrder(isRecovered: true), by: Caller(name: user))
    }

    private func accept(_ id: String, of note: Note, _ order: RunOrder, by caller: Caller) throws -> Acceptance {
        let paragraph = try Self.paragraph(id, in: note)
        let script = ParagraphText(paragraph.text ?? "")
        let target = script.isBlank ? nil : InterpreterName(rawValue: script.interpreter)
        let isQueued = target != nil && paragraph.isEnabled
        let status = try change(id, of: note.id) { paragraph in
            paragraph.params = dialect.params(of: paragraph.params, given: order.params)
            paragraph.user = caller.name
            if isQueued {
                paragraph.results = nil
                paragraph.errorMessage = nil
                paragraph.accepted = .now()
                if !order.leavesStatus, paragraph.status != .running || order.isRecovered { paragraph.status = .pending }
            } else if script.isBlank {
                paragraph.status = .finished
            } else if target == nil {
                paragraph.fail("Interpreter \(script.interpreter) not found")
            } else if dialect.disabledRun == .finished {
                paragraph.status = .finished
            }
            return paragraph.status
        }
        var details: [String: JSON] = ["status": .string(status.rawValue)]
        if order.isRecovered { details["recovered"] = true }
        guard let target, isQueued else {
            journal.append(.runAccepted, note: note.id, paragraph: id, by: caller, details)
            if target == nil, !script.isBlank, dialect.unknownInterpreter == .internalError { throw Refusal.unexpected(.runtime) }
            return .settled
        }
        lastRun += 1
        let run = Run(
            id: lastRun, note: note.id, paragraph: id, session: session(of: target, for: note.id, alone: order.isAlone),
            leavesStatus: order.leavesStatus, mishap: order.mishap)
        details["run"] = .integer(Int64(run.id))
        journal.append(.runAccepted, note: note.id, paragraph: id, by: caller, details)
        if run.mishap == .pendsForEver {
            queue.hold(run)
        } else {
            queue.append(run)
            startNext(in: run.session)
        }
        return .queued(run.id)
    }

    /// Runs a paragraph and answers when it has ended.
    func runToEnd(_ id: String, of note: String, _ order: RunOrder, by caller: Caller) async throws -> Paragraph {
        if case .queued(let run) = try run(id, of: note, order, by: caller) { await completion(of: run) }
        return try Self.paragraph(id, in: existing(note))
    }

    /// The part of a run of all paragraphs that can be refused.
    ///
    /// - Throws: `Refusal.unexpected` while the same note is being run; it is the one run that is refused.
    func beginRunAll(_ id: String, by caller: Caller) throws {
        let note = try existing(id)
        try require(.runNote, on: note, for: caller)
        guard dialect.noteRun == .background else { return }
        guard runningNotes.insert(id).inserted else { throw Refusal.unexpected(.runtime, "The note is being run") }
    }

    /// Runs the enabled paragraphs in order, to the first that fails; a mishap befalls the first of them.
    ///
    /// - Returns: The paragraph that failed.
    func continueRunAll(_ id: String, _ order: RunOrder, by caller: Caller) async -> String? {
        var order = order
        var failed: String?
        for paragraph in notes[id]?.paragraphs ?? [] where paragraph.isEnabled {
            do {
                guard try await runToEnd(paragraph.id, of: id, order, by: caller).status == .finished else {
                    failed = paragraph.id
                    break
                }
                order.mishap = nil
            } catch {
                // The paragraph was removed, or the caller's right was taken away, while the note ran: the rest doesn't run.
                Halt.report("a run of note \(id) ended early: \(error)")
                failed = paragraph.id
                break
            }
        }
        runningNotes.remove(id)
        if order.isAlone { InterpreterName.allCases.forEach { close(session(of: $0, for: id, alone: true)) } }
        return failed
    }

    /// Stops a paragraph: waiting runs at once, a running one when its process is gone. Anything else is left as it is.
    func stop(_ id: String, of note: String, ignoringIt: Bool, by caller: Caller) throws {
        let existing = try existing(note)
        try require(.stopParagraph, on: existing, for: caller)
        _ = try Self.paragraph(id, in: existing)
        if !ignoringIt { stopRuns(of: note, paragraph: id) }
    }

    func stopAll(of note: String, ignoringIt: Bool, by caller: Caller) throws {
        try require(.stopNote, on: existing(note), for: caller)
        if !ignoringIt { stopRuns(of: note) }
    }

    func stopRuns(of note: String, paragraph: String? = nil) {
        queue.removeWaiting(note: note, paragraph: paragraph).forEach { abandon($0, because: "stopped") }
        for run in queue.running(note: note, paragraph: paragraph) where aborting.insert(run.id).inserted {
            journal.append(.abort, note: note, paragraph: run.paragraph, ["reason": "stopping", "run": .integer(Int64(run.id))])
            interpreters[run.session]?.interpreter.terminate()
        }
    }

    /// Closes an interpreter's sessions: those of one note, or all of them. What runs there is aborted.
    ///
    /// - Throws: `Refusal.forbidden` where a note is named that the caller may not run.
    func restart(_ interpreter: InterpreterName, for note: String?, by caller: Caller) throws {
        if let note = note.flatMap({ notes[$0] }), isEnforcing, !note.permissions.allows(.runner, to: caller) {
            throw Refusal.forbidden("No privilege to restart interpreter")
        }
        func isMeant(_ key: SessionKey) -> Bool {
            key.interpreter == interpreter && (note == nil || key.scope == note || key.scope == SessionKey.sharedScope)
        }
        journal.append(.interpreterRestart, note: note, by: caller, ["interpreter": .string(interpreter.rawValue)])
        queue.removeHeld { isMeant($0.session) }.forEach { abandon($0, because: "interpreter restarted") }
        for key in interpreters.keys.filter(isMeant) {
            if let run = queue.running(in: key), aborting.insert(run.id).inserted {
                let details: [String: JSON] = ["reason": "interpreter restarted", "run": .integer(Int64(run.id))]
                journal.append(.abort, note: run.note, paragraph: run.paragraph, details)
            }
            close(key)
        }
    }

    /// Aborts a run that has not begun.
    private func abandon(_ run: Run, because reason: String) {
        settle(run) { if $0.status == .pending { $0.status = .abort } }
        journal.append(
            .abort, note: run.note, paragraph: run.paragraph, ["reason": .string(reason), "run": .integer(Int64(run.id))])
        complete(run)
    }

    private func session(of interpreter: InterpreterName, for note: String, alone: Bool) -> SessionKey {
        if alone { return SessionKey(interpreter: interpreter, scope: note + "-isolated") }
        return SessionKey(interpreter: interpreter, scope: mode == .isolated ? note : SessionKey.sharedScope)
    }

    private func close(_ key: SessionKey) {
        interpreters[key]?.interpreter.terminate()
        interpreters[key] = nil
    }

    /// Starts the run that is next in a session; the line of the journal stands before the interpreter sees the text.
    private func startNext(in key: SessionKey) {
        guard let run = queue.startNext(in: key) else { return }
        let session = openSession(key, for: run)
        settle(run) { paragraph in
            if !run.leavesStatus { paragraph.status = .running }
            paragraph.started = .now()
        }
        let paragraph = notes[run.note].flatMap { note in note.index(of: run.paragraph).map { note.paragraphs[$0] } }
        let text = paragraph?.text ?? ""
        let params = paragraph?.params ?? [:]
        journal.append(
            .runStarted, note: run.note, paragraph: run.paragraph, by: paragraph.map { Caller(name: $0.user) },
            [
                "interpreter": .string(session.label), "run": .integer(Int64(run.id)),
                "textSHA256": .string(TextDigest.of(text)),
            ])
        let refusal = interpreterOwners.refusal(of: key.interpreter, to: paragraph?.user ?? Caller.anonymous.name)
        Task {
            let script = Script(text: ParagraphText(text).body, params: params)
            let ending: RunEnding = if let refusal { .completed(refusal) } else { await session.interpreter.run(script) }
            finish(run, in: session, ending)
        }
    }

    private func openSession(_ key: SessionKey, for run: Run) -> OpenSession {
        var session: OpenSession
        if let open = interpreters[key], open.interpreter.isAlive {
            session = open
        } else {
            close(key)
            generations[key, default: 0] += 1
            session = OpenSession(
                interpreter: surroundings.makeInterpreter(key.interpreter), label: "\(key)#\(generations[key, default: 0])")
        }
        if let mishap = run.mishap { session.interpreter = mishap.breaking(session.interpreter) }
        interpreters[key] = session
        return session
    }

    private func finish(_ run: Run, in session: OpenSession, _ ending: RunEnding) {
        let aborted = aborting.remove(run.id) != nil
        settle(run) { paragraph in
            let status = paragraph.status
            switch ending {
            case .completed(let result, let shown):
                paragraph.status = result.code == .success ? .finished : .error
                paragraph.results = result
                if let shown { paragraph.show(shown) }
            case .died(let output) where aborted:
                paragraph.results = ParagraphResult(code: .error, messages: [.init(type: .text, data: output)])
            case .died(let output):
                paragraph.fail("Interpreter process is not running\n" + output)
            }
            // A paragraph that ended by itself before the stop reached it has still been told to stop.
            if aborted { paragraph.status = .abort }
            if run.mishap == .losesResults { paragraph.results = nil }
            if run.leavesStatus { paragraph.status = status }
            paragraph.finished = .now()
        }
        if case .died = ending, interpreters[run.session]?.label == session.label { interpreters[run.session] = nil }
        let status = notes[run.note].flatMap { note in note.index(of: run.paragraph).map { note.paragraphs[$0].status.rawValue } }
        journal.append(
            .runFinished, note: run.note, paragraph: run.paragraph,
            ["status": .string(status ?? "REMOVED"), "interpreter": .string(session.label), "run": .integer(Int64(run.id))])
        queue.finish(run)
        complete(run)
        startNext(in: run.session)
    }

    /// Writes the state of a run down. A note that was deleted meanwhile has nothing to write; a disk that refuses ends the runner.
    private func settle(_ run: Run, _ body: (inout Paragraph) -> Void) {
        guard notes[run.note]?.index(of: run.paragraph) != nil else { return }
        do {
            try change(run.paragraph, of: run.note, body)
        } catch {
            Halt.now("cannot save note \(run.note): \(error)")
        }
    }

    private func completion(of run: Int) async {
        await withCheckedContinuation { completions[run, default: []].append($0) }
    }

    private func complete(_ run: Run) {
        completions.removeValue(forKey: run.id)?.forEach { $0.resume() }
    }
}
