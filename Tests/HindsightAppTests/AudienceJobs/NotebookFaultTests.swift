import AudienceJobs
import Foundation
import HindsightApp
import HindsightCore
import Testing
import ZeppelinAdapter

@Suite("A job while the network lies") struct NotebookFaultTests {
    private static let seed: UInt64 = 20_261_121

    /// All, or the one that is named, where `tools/soak audience` asks for it.
    private static let soaked: [FaultCase] = {
        guard let wanted = ProcessInfo.processInfo.environment["SOAK_FAULTS"] else { return [] }
        return wanted == "all" ? FaultCase.all : FaultCase.all.filter { $0.description == wanted }
    }()

    @Test("One clone, nothing written to the template, one paragraph at a time, nothing twice, the same file; or a manager's sentence")
    func everyPair() async throws {
        let cases = FaultCase.pairwise(seed: Self.seed)
        print("\(cases.count) of \(FaultCase.all.count) faults, chosen by the seed \(Self.seed)")
        #expect(cases.count >= 60)
        #expect(Set(cases.flatMap(\.pairs)) == Set(FaultCase.all.flatMap(\.pairs)))
        await Self.suffer(cases)
    }

    @Test("A preview keeps the same promises, counts the same clients, and leaves no file") func previews() async throws {
        let operations = ["clone", "insert", "run", "status", "paragraph", "remove"]
        await Self.suffer(FaultCase.pairwise(seed: Self.seed + 1).filter { Self.isChosen($0, operations) }, isPreview: true)
    }

    @Test("A retry goes on with the paragraph that failed, in the one clone, and runs nothing twice") func retries() async throws {
        let cases = FaultCase.pairwise(seed: Self.seed + 2).filter {
            Self.isChosen($0, ["version", "login", "run", "status", "paragraph"])
        }
        await Self.each(of: cases) { await Self.retry($0) }
    }

    /// Faults that no job has to fail by, in the oldest dialect and the newest.
    private static func isChosen(_ one: FaultCase, _ operations: [String]) -> Bool {
        operations.contains(one.operation) && !one.failsTheJob && one.passes == 1 && ["0.8", "0.12.1"].contains(one.dialect)
    }

    @Test("Every fault at every operation in every dialect", .enabled(if: !soaked.isEmpty, "tools/soak audience runs it"))
    func everyCase() async throws {
        await Self.suffer(Self.soaked) { print("kept \($0)") }
    }

    /// A few at a time, each on a stage of its own: most of their time they wait.
    private static func each(of cases: [FaultCase], _ body: @escaping @Sendable (FaultCase) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, one) in cases.enumerated() {
                if index >= 3 { await group.next() }
                group.addTask { await body(one) }
            }
        }
    }

    private static func suffer(
        _ cases: [FaultCase], isPreview: Bool = false, kept: @escaping @Sendable (FaultCase) -> Void = { _ in }
    ) async {
        await each(of: cases) { if await suffer($0, isPreview: isPreview) { kept($0) } }
    }

    private struct NeverDone: Error {}

    private static func setting(_ one: FaultCase, note: URL? = nil) -> AudienceStage.Setting {
        var setting = AudienceStage.Setting(note: note, credentials: true, dialect: one.dialect)
        setting.timeLimit = one.fault.hasPrefix("stall") ? .milliseconds(400) : .seconds(30)
        return setting
    }

    /// - Returns: Whether the job ended as it should have; what it did on its way, issues tell.
    private static func suffer(_ one: FaultCase, isPreview: Bool) async -> Bool {
        var limits = AudienceStage.limits
        if one.failsTheJob {
            // Longer than an interpreter takes to start on a machine that has much else to do.
            (limits.pending, limits.running, limits.stopping) = (.milliseconds(800), .milliseconds(800), .milliseconds(300))
        }
        var isKept = false
        do {
            try await AudienceStage.with(setting(one)) { stage in
                try await stage.register(stage.service())
                if one.needsStop { try await stage.notebook.arm("stuck-running", at: "run", nth: 2) }
                if one.litter == .mislaidClone { try await stage.notebook.arm("mislaid-clone", at: "clone") }
                let times = one.fault == "stop-ignored" ? 1_000 : 1
                try await stage.notebook.arm(
                    one.fault, at: one.operation, times: times, nth: one.nth, milliseconds: one.milliseconds)
                try await stage.withFreshClient { client in
                    let litter = Litter(one.litter, on: stage)
                    let service = stage.service(client: client, limits: limits, beforePause: { _ in try await litter.drop() })
                    let form = try AudienceStage.form { if isPreview { $0["preview"] = true } }
                    let job = try await service.submit(form, seed: "1")
                    let row = try await stage.run(job, by: service) { wait in
                        // What is late arrives within the time that the engine allows for it.
                        if wait > .seconds(30), let deed = one.lateDeed { try await arrival(of: deed, at: stage.notebook) }
                    }
                    #expect(row.status == (one.failsTheJob ? .failed : .finished), "\(one.description): \(row.reason ?? "")")
                    try NotebookWitness(stage, one.description).judge(row, passes: one.passes)
                    let wasHit = try stage.notebook.journal("request").contains { $0["fault"]?.stringValue == one.fault }
                    #expect(wasHit, "\(one.description) never happened")
                    isKept = wasHit && row.status == (one.failsTheJob ? .failed : .finished)
                }
            }
        } catch {
            Issue.record(error, "\(one.description)")
        }
        return isKept
    }

    /// Lets a job fail, and hits it when it goes on.
    private static func retry(_ one: FaultCase) async {
        do {
            let note = try MoodyNote.file()
            defer { unlink(note.path) }
            try await AudienceStage.with(setting(one, note: note)) { stage in
                let first = stage.service()
                try await first.register(template: MoodyNote.template)
                let job = try await first.submit(MoodyNote.form, seed: "1")
                #expect(try await stage.run(job, by: first).cause == .paragraphError, "\(one)")
                try AudienceFiles.write("", to: stage.shared.appending(path: "mood").path)
                try await stage.act(.retry(reason: nil), on: job)
                try await stage.withFreshClient { client in
                    // Without a session the first run that is sent, however late, comes to nothing.
                    if !["version", "login"].contains(one.operation) { _ = try await client.note("2MOODY0000") }
                    try await stage.notebook.arm(one.fault, at: one.operation, milliseconds: one.milliseconds)
                    let row = try await stage.run(job, by: stage.service(client: client)) { wait in
                        if wait > .seconds(30), let deed = one.lateDeed { try await arrival(of: deed, at: stage.notebook) }
                    }
                    let ids = row.paragraphs.map(\.id)
                    #expect(row.status == .finished, "\(one): \(row.reason ?? "")")
                    #expect(try stage.notebook.startedParagraphs() == ids.prefix(4) + ids.suffix(2), "\(one)")
                    #expect(try stage.notebook.journal("clone").count == 1, "\(one)")
                    let wasHit = try stage.notebook.journal("request").contains { $0["fault"]?.stringValue == one.fault }
                    #expect(wasHit, "\(one) never happened")
                }
            }
        } catch {
            Issue.record(error, "\(one)")
        }
    }

    /// What a request leaves that arrives after it was given up and sent again: dropped once, while the first paragraph runs.
    private struct Litter {
        private let kind: FaultCase.Litter?
        private let stage: AudienceStage
        private let once = Countdown(1)

        init(_ kind: FaultCase.Litter?, on stage: AudienceStage) {
            self.kind = kind
            self.stage = stage
        }

        func drop() async throws {
            guard let kind, once.take() else { return }
            guard let clone = try stage.notebook.journal("clone").last, let id = clone["note"]?.stringValue else { throw NeverDone() }
            switch kind {
            case .clone: _ = try await stage.zeppelin.clone("2HSAUDIENC", to: clone["path"]?.stringValue ?? "")
            case .mislaidClone: break
            case .parameters:
                let paragraphs = try await stage.zeppelin.note(id).outline.paragraphs
                let title = try #require(paragraphs.first { $0.title.hasPrefix("job:") }).title
                _ = try await stage.zeppelin.insert(title: title, text: "%python\nraise SystemExit", at: paragraphs.count, into: id)
            }
        }
    }

    /// Returns when the late deed stands in the journal.
    private static func arrival(of deed: String, at notebook: RunningNotebook) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(10))
        while ContinuousClock.now < end {
            let lines = try notebook.journal()
            guard let late = lines.firstIndex(where: { $0["fault"] == "late-action" }) else { return }
            if lines[late...].contains(where: { $0["kind"]?.stringValue == deed }) { return }
            await Task.yield()
        }
        throw NeverDone()
    }
}
