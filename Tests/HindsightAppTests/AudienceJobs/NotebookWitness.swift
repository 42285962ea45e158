import AudienceJobs
import HindsightCore
import Testing

/// What a runner's journal says of one job: each promise that was broken is an issue of the test.
struct NotebookWitness {
    let stage: AudienceStage
    let template: String
    /// In front of every issue.
    let label: String
    private let journal: [JSONValue]

    init(_ stage: AudienceStage, _ label: String = "", template: String = "2HSAUDIENC") throws {
        self.stage = stage
        self.template = template
        self.label = label
        journal = try stage.notebook.journal()
    }

    /// Holds the journal against all promises of a job that is over.
    ///
    /// - Parameter passes: How often a session was lost, and one more.
    func judge(_ row: JobRow, passes: Int = 1) throws {
        templateIsUntouched()
        onlySingleRunsWereAskedFor()
        if let noteId = row.noteId {
            #expect(notesLeft == [noteId], "\(label): one clone, and the one that was used")
            #expect(parametersLeft(in: noteId) == 1, "\(label): one paragraph with the parameters")
            runsAreInOrder(row, passes: passes)
        } else {
            #expect(notesLeft.isEmpty, "\(label): no clone beside a job that has none")
        }
        switch row.status {
        case .finished where row.preview != nil:
            #expect(row.artifact == nil, "\(label): a preview with a file")
            #expect(try row.preview?.rows == AudienceStage.expectedLines.get().count - 1, "\(label): another number of clients")
        case .finished: #expect(try stage.lines(of: row) == AudienceStage.expectedLines.get(), "\(label): the file differs")
        case .failed: #expect(row.reason?.hasSuffix(".") == true && row.cause != nil, "\(label): no sentence for a manager")
        case .cancelled:
            #expect(row.artifact == nil && row.reason?.hasPrefix("Cancelled") == true, "\(label): a cancelled job with a file")
        default: Issue.record("\(label): the job is \(row.status)")
        }
    }

    private func lines(_ kinds: Set<String>, note: String? = nil) -> [JSONValue] {
        journal.filter { kinds.contains($0["kind"]?.stringValue ?? "") && (note == nil || $0["note"]?.stringValue == note) }
    }

    /// Clones of the template that were not removed.
    private var notesLeft: [String] {
        let removed = Set(lines(["delete"]).compactMap { $0["note"]?.stringValue })
        return lines(["clone"]).compactMap { $0["note"]?.stringValue }.filter { !removed.contains($0) }
    }

    private func parametersLeft(in note: String) -> Int { lines(["insert"], note: note).count - lines(["remove"], note: note).count }

    private func templateIsUntouched() {
        let writes: Set = [
            "rename", "delete", "permissions", "clear", "insert", "update", "configure", "move", "remove", "run-accepted", "run-started",
        ]
        #expect(lines(writes, note: template).isEmpty, "\(label): the template was written to")
    }

    /// Whole notes and synchronous runs block in 0.8.
    private func onlySingleRunsWereAskedFor() {
        for line in lines(["request"]) where line["operation"] == "run" {
            let parts = line["path"]?.stringValue?.split(separator: "/") ?? []
            #expect(parts.count == 5 && parts[2] == "job", "\(label): \(parts)")
        }
    }

    /// One at a time, each pass from its first paragraph on, none twice in a pass, no more passes than there were causes.
    private func runsAreInOrder(_ row: JobRow, passes: Int) {
        let steps = row.paragraphs.filter(\.enabled).map(\.id)
        var passesSeen = 0
        var next = 0
        var running: JSONValue?
        for line in lines(["run-started", "run-finished", "restart"]) {
            guard line["kind"] == "run-started" else {
                running = nil
                continue
            }
            #expect(running == nil, "\(label): two paragraphs at a time")
            running = line["paragraph"]
            if line["paragraph"]?.stringValue == steps.first {
                passesSeen += 1
                next = 0
            }
            #expect(next < steps.count && line["paragraph"]?.stringValue == steps[next], "\(label): out of order")
            next += 1
        }
        #expect(passesSeen <= passes, "\(label): run again without a cause")
    }
}
