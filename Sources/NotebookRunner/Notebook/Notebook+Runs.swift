/// Runs: accepted, started one at a time in each session, finished, stopped.
extension Notebook {
    /// Where an accepted run stands: in the queue under a number, or settled without having run.
    enum Acceptance: Sendable {
        case queued(Int)
        case settled
    }

    /// Queues one more run of a paragraph, whatever it is doing now.
    ///
    /// A blank or disabled paragraph is finished at once without running, and an unknown interpreter is an error of the paragraph:
    /// none of them refuses the request.
    /// - Parameter params: Replace those of the paragraph where there are any, and stay.
    func run(_ id: String, of note: String, params: [String: JSON], by user: String, alone: Bool = false) throws -> Acceptance {
        let existing = try existing(note)
        let paragraph = try Self.paragraph(id, in: existing)
        try require(.runner, on: existing, for: user)
        let script = ParagraphText(paragraph.text ?? "")
        let target = script.isBlank ? nil : InterpreterName(rawValue: script.interpreter)
        let isQueued = target != nil && paragraph.isEnabled
        let status = try change(id, of: note) { paragraph in
            if !params.isEmpty { paragraph.params = params }
            paragraph.user = user
            if isQueued {
                paragraph.results = nil
                paragraph.errorMessage = nil
                if paragraph.status != .running { paragraph.status = .pending }
            } else if script.isBlank || target != nil {
                paragraph.status = .finished
            } else {
                paragraph.fail("Interpreter \(script.interpreter) not found")
            }
            return paragraph.status
        }
        let details: [String: JSON] = ["status": .string(status.rawValue), "user": .string(user)]
        guard let target, isQueued else {
            journal.append(.runAccepted, note: note, paragraph: id, details)
            return .settled
        }
        lastRun += 1
        let run = Run(id: lastRun, note: note, paragraph: id, session: session(of: target, for: note, alone: alone))
        journal.append(.runAccepted, note: note, paragraph: id, details.merging(["run": .integer(Int64(run.id))]) { $1 })
        queue.append(run)
        startNext(in: run.session)
        return .queued(run.id)
    }

    /// Runs a paragraph and answers when it has ended.
    func runToEnd(_ id: String, of note: String, params: [String: JSON], by user: String, alone: Bool = false) async throws -> Paragraph {
        if case .queued(let run) = try run(id, of: note, params: params, by: user, alone: alone) { await completion(of: run) }
        return try Self.paragraph(id, in: existing(note))
    }

    /// Runs the enabled paragraphs in order, to the first that fails.
    ///
    /// - Throws: `Refusal.unexpected` while the same note is being run; it is the one run that is refused.
    func runAll(_ id: String, alone: Bool, by user: String) async throws {
        try beginRunAll(id, by: user)
        await continueRunAll(id, alone: alone, by: user)
    }

    /// The part of a run of all paragraphs that can be refused.
    func beginRunAll(_ id: String, by user: String) throws {
        let note = try existing(id)
        try require(.runner, on: note, for: user, orSay: "Insufficient privileges you cannot run job for this note")
        guard runningNotes.insert(id).inserted else { throw Refusal.unexpected }
    }

    func continueRunAll(_ id: String, alone: Bool, by user: String) async {
        for paragraph in notes[id]?.paragraphs ?? [] where paragraph.isEnabled {
            do {
                guard try await runToEnd(paragraph.id, of: id, params: [:], by: user, alone: alone).status == .finished else { break }
            } catch {
                // The paragraph was removed, or the caller's right was taken away, while the note ran: the rest doesn't run.
                Halt.report("a run of note \(id) ended early: \(error)")
                break
            }
        }
        runningNotes.remove(id)
        if alone { InterpreterName.allCases.forEach { close(session(of: $0, for: id, alone: true)) } }
    }

    /// Stops a paragraph: waiting runs at once, a running one when its process is gone. Anything else is left as it is.
    func stop(_ id: String, of note: String, by user: String) throws {
        let existing = try existing(note)
        try require(.runner, on: existing, for: user)
        _ = try Self.paragraph(id, in: existing)
        stopRuns(of: note, paragraph: id)
    }

    func stopAll(of note: String, by user: String) throws {
        let existing = try existing(note)
        try require(.runner, on: existing, for: user, orSay: "Insufficient privileges you cannot stop this job for this note")
        stopRuns(of: note)
    }

    func stopRuns(of note: String, paragraph: String? = nil) {
        for run in queue.removeWaiting(note: note, paragraph: paragraph) {
            settle(run) { if $0.status == .pending { $0.status = .abort } }
            journal.append(.abort, note: note, paragraph: run.paragraph, ["reason": "stopped", "run": .integer(Int64(run.id))])
            complete(run)
        }
        for run in queue.running(note: note, paragraph: paragraph) where aborting.insert(run.id).inserted {
            journal.append(.abort, note: note, paragraph: run.paragraph, ["reason": "stopping", "run": .integer(Int64(run.id))])
            interpreters[run.session]?.interpreter.terminate()
        }
    }

    /// Closes an interpreter's sessions: those of one note, or all of them. What runs there is aborted.
    func restart(_ interpreter: InterpreterName, for note: String?) {
        let keys = interpreters.keys.filter { $0.interpreter == interpreter && (note == nil || $0.scope == note || $0.scope == "shared") }
        for key in keys {
            if let run = queue.running(in: key), aborting.insert(run.id).inserted {
                let details: [String: JSON] = ["reason": "interpreter restarted", "run": .integer(Int64(run.id))]
                journal.append(.abort, note: run.note, paragraph: run.paragraph, details)
            }
            close(key)
        }
    }

    private func session(of interpreter: InterpreterName, for note: String, alone: Bool) -> SessionKey {
        if alone { return SessionKey(interpreter: interpreter, scope: note + "-isolated") }
        return SessionKey(interpreter: interpreter, scope: mode == .isolated ? note : "shared")
    }

    private func close(_ key: SessionKey) {
        interpreters[key]?.interpreter.terminate()
        interpreters[key] = nil
    }

    /// Starts the run that is next in a session; the line of the journal stands before the interpreter sees the text.
    private func startNext(in key: SessionKey) {
        guard let run = queue.startNext(in: key) else { return }
        let session = openSession(key)
        settle(run) { paragraph in
            paragraph.status = .running
            paragraph.started = .now()
        }
        journal.append(
            .runStarted, note: run.note, paragraph: run.paragraph, ["interpreter": .string(session.label), "run": .integer(Int64(run.id))])
        let text = notes[run.note].flatMap { note in note.index(of: run.paragraph).map { note.paragraphs[$0].text ?? "" } } ?? ""
        Task {
            let ending = await session.interpreter.run(ParagraphText(text).body)
            finish(run, in: session, ending)
        }
    }

    private func openSession(_ key: SessionKey) -> OpenSession {
        if let open = interpreters[key], open.interpreter.isAlive { return open }
        close(key)
        generations[key, default: 0] += 1
        let open = OpenSession(interpreter: surroundings.makeInterpreter(key.interpreter), label: "\(key)#\(generations[key, default: 0])")
        interpreters[key] = open
        return open
    }

    private func finish(_ run: Run, in session: OpenSession, _ ending: RunEnding) {
        let aborted = aborting.remove(run.id) != nil
        settle(run) { paragraph in
            switch ending {
            case .completed(let result):
                paragraph.status = result.code == .success ? .finished : .error
                paragraph.results = result
            case .died(let output) where aborted:
                paragraph.results = ParagraphResult(code: .error, messages: [.init(type: .text, data: output)])
            case .died(let output):
                paragraph.fail("Interpreter process is not running\n" + output)
            }
            // A paragraph that ended by itself before the stop reached it has still been told to stop.
            if aborted { paragraph.status = .abort }
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
