import AudienceJobs
import BillingRetries
import CustomerMDM
package import HindsightCore
import HindsightRuntime

/// What the demo tells at its end, read back from the log and its read models as of moments gone by.
package struct DemoStory: Sendable, Equatable, Encodable {
    /// One person as of an instant.
    package struct Person: Sendable, Equatable, Encodable {
        package let golden: String
        package let name: String
        package let members: [String]
    }

    package struct TwinsScene: Sendable, Equatable, Encodable {
        package let at: Timestamp
        package let persons: [Person]
    }

    package struct InvoiceScene: Sendable, Equatable, Encodable {
        package let position: Position
        package let at: Timestamp
        package let status: String
        package let attempts: [String]
    }

    package struct JobScene: Sendable, Equatable, Encodable {
        package let position: Position
        package let at: Timestamp
        package let status: String
        /// Title and status of each paragraph.
        package let paragraphs: [String]
    }

    package struct Artifact: Sendable, Equatable, Encodable {
        package let path: String
        package let rows: Int
        package let sha256: String
    }

    package let folder: String
    package let events: Position
    package let streams: Int
    package let digest: String
    /// Of each part, as it ended.
    package let figures: [String: [String: Int64]]
    package let twins: [String]
    package let twinsScenes: [TwinsScene]
    /// The twins under each of the policies that there were.
    package let chronology: TwinsChronology?
    package let invoice: String?
    package let invoiceScenes: [InvoiceScene]
    package let job: String
    package let jobScenes: [JobScene]
    package let artifact: Artifact?
    /// Commands to try next, without the program's name.
    package let suggestions: [String]

    static func tell(
        _ application: Application, figures: [Demo.Part: [String: Int64]], input: TwinsInput, job: JobID
    ) async throws -> DemoStory {
        let projections = application.openProjections(BuiltIn.projections(input.profile), in: try application.openReadModels())
        try await projections.catchUp()
        let narrator = DemoNarrator(application: application, projections: projections)
        let twins = try input.twins
        var twinsScenes: [TwinsScene] = []
        var chronology: TwinsChronology?
        if let twins {
            twinsScenes = try await narrator.twins(twins, at: input.instants(of: twins), profile: input.profile)
            chronology = try await TwinsChronology.play(input.stream, facts: input.facts, of: twins, profile: input.profile)
        }
        let invoice = try await narrator.recoveredInvoice()
        var invoiceScenes: [InvoiceScene] = []
        if let invoice { invoiceScenes = try await narrator.invoice(invoice) }
        let (jobScenes, artifact) = try await narrator.job(job)
        let head = try await application.log.head()
        return DemoStory(
            folder: application.folder, events: head.position, streams: try await application.log.streamCount(),
            digest: head.digest.hexadecimal,
            figures: Dictionary(uniqueKeysWithValues: figures.map { ($0.key.rawValue, $0.value) }),
            twins: twins.map { [$0.a.description, $0.b.description] } ?? [], twinsScenes: twinsScenes,
            chronology: chronology, invoice: invoice, invoiceScenes: invoiceScenes, job: job.description, jobScenes: jobScenes,
            artifact: artifact,
            suggestions: suggestions(application.folder, twinsScenes, invoice, invoiceScenes, job, jobScenes))
    }

    private static func suggestions(
        _ folder: String, _ twins: [TwinsScene], _ invoice: String?, _ invoiceScenes: [InvoiceScene], _ job: JobID, _ jobScenes: [JobScene]
    ) -> [String] {
        var commands: [String] = []
        if let scene = twins.dropLast().last, let person = scene.persons.last {
            commands.append("mdm golden \(person.golden) --at \(scene.at)")
        }
        if let invoice, let scene = invoiceScenes.first {
            commands.append("projections rows invoices --key \(invoice) --at position:\(scene.position)")
            commands.append("read invoice-\(invoice)")
        }
        if let scene = jobScenes.first {
            commands.append("audience show \(job) --at position:\(scene.position)")
            commands.append("sagas show notebook-run:\(job)")
        }
        commands += ["billing metrics", "projections rows inbox", "doctor"]
        return commands.map { "\($0) --log \(shellQuoted(folder))" }
    }

    private static func shellQuoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-_./".utf8.contains(byte)
        }
        return plain ? text : "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

/// Looks the demo's scenes up.
struct DemoNarrator {
    let application: Application
    let projections: ProjectionRunner

    /// The two persons on four of the days.
    func twins(_ twins: CardPair, at instants: [Timestamp], profile: Profile) async throws -> [DemoStory.TwinsScene] {
        let hub = CustomerHub(
            log: application.log, clock: application.clock, identities: RandomIdentities(), projections: projections, profile: profile)
        var scenes: [DemoStory.TwinsScene] = []
        for instant in instants {
            let position = try await application.log.position(at: instant)
            var persons: [DemoStory.Person] = []
            for card in [twins.a, twins.b] {
                guard let row = try await hub.card(card, at: position), let record = try await hub.golden(row.golden, at: position) else {
                    continue
                }
                let names = profile.attributes.filter { $0.namePart != nil }.compactMap { record.attributes[$0.name]?.value }
                persons.append(
                    DemoStory.Person(
                        golden: record.golden.description, name: names.joined(separator: " "), members: record.members.map(\.description)))
            }
            scenes.append(DemoStory.TwinsScene(at: instant, persons: persons))
        }
        return Self.four(of: scenes)
    }

    /// The last of each run of equal scenes, so that each day shows something new; more than four are thinned, fewer filled up.
    private static func four(of scenes: [DemoStory.TwinsScene]) -> [DemoStory.TwinsScene] {
        let turns = scenes.indices.filter { $0 == scenes.count - 1 || scenes[$0].persons != scenes[$0 + 1].persons }
        let others = scenes.indices.filter { !turns.contains($0) }
        guard turns.count > 4 else { return (turns + others.prefix(4 - turns.count)).sorted().map { scenes[$0] } }
        return (0..<4).map { scenes[turns[$0 * (turns.count - 1) / 3]] }
    }

    /// A paid invoice that took the most attempts, one with a lost answer before others.
    func recoveredInvoice() async throws -> String? {
        try await ReadModel(InvoiceBoard(), of: projections).rows(.with("status", InvoiceBoard.Status.paid.rawValue))
            .filter { $0.row.recovery != nil && $0.row.attempts.count > 1 }
            .max { left, right in
                func lost(_ row: InvoiceBoard.Row) -> Int { row.attempts.contains(where: \.wasUnknown) ? 1 : 0 }
                return (lost(left.row), left.row.attempts.count, right.key) < (lost(right.row), right.row.attempts.count, left.key)
            }?.key
    }

    /// The invoice as it was declined, in recovery, and at its end.
    func invoice(_ id: String) async throws -> [DemoStory.InvoiceScene] {
        var moments: [RecordedEvent] = []
        for try await recorded in application.log.events(EventSelection(EventFilter(stream: try BillingRetries.invoice(id)))) {
            switch try InvoiceEvent.codec.decode(recorded) {
            case .chargeDeclined where moments.isEmpty, .paid: moments.append(recorded)
            case .retryScheduled: if moments.count == 1 { moments.append(recorded) }
            default: break
            }
        }
        var scenes: [DemoStory.InvoiceScene] = []
        for moment in moments {
            guard let row = try await ReadModel(InvoiceBoard(), of: projections).row(id, at: moment.position) else { continue }
            let attempts = row.attempts.map { attempt in
                let reason = attempt.reason.map { " (\($0.rawValue))" } ?? ""
                return "\(attempt.attempt): \(attempt.outcome.rawValue)\(reason)"
            }
            scenes.append(
                DemoStory.InvoiceScene(
                    position: moment.position, at: moment.recordedAt, status: row.status.rawValue, attempts: attempts))
        }
        return scenes
    }

    /// The job in the middle of its run, and at its end.
    func job(_ job: JobID) async throws -> ([DemoStory.JobScene], DemoStory.Artifact?) {
        var starts: [RecordedEvent] = []
        var last: RecordedEvent?
        for try await recorded in application.log.events(EventSelection(EventFilter(stream: job.stream))) {
            if case .paragraphRequested? = try JobEvent.codec.decode(recorded) { starts.append(recorded) }
            last = recorded
        }
        var scenes: [DemoStory.JobScene] = []
        for moment in [starts.isEmpty ? nil : starts[starts.count / 2], last].compactMap(\.self) {
            guard let row = try await ReadModel(JobBoard(), of: projections).row(job.description, at: moment.position) else {
                continue
            }
            scenes.append(
                DemoStory.JobScene(
                    position: moment.position, at: moment.recordedAt, status: row.status.rawValue,
                    paragraphs: row.paragraphs.map { "\($0.title): \($0.status)" }))
        }
        let artifact = try await ReadModel(JobBoard(), of: projections).row(job.description)?.artifact
        return (scenes, artifact.map { DemoStory.Artifact(path: $0.path, rows: $0.rows, sha256: $0.sha256) })
    }
}
