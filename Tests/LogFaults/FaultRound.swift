import HindsightTesting

/// A kind of accident; each round of it makes other choices, all of which follow from its seed.
package enum FaultRound: String, Sendable, CaseIterable {
    case killedAnytime, killedAtCall, brokenFlush, brokenWrite, fullDisk, crowd, contest, storm, copiedFiles, powerLoss, powerLossAfterKill
    case powerLossAfterBrokenFlush

    /// Whether it needs a working strace.
    package var needsStrace: Bool {
        switch self {
        case .killedAnytime, .crowd, .contest, .storm, .copiedFiles: false
        case .killedAtCall, .brokenFlush, .brokenWrite, .fullDisk, .powerLoss, .powerLossAfterKill, .powerLossAfterBrokenFlush: true
        }
    }

    /// Carries out the round of this seed and expects every promise kept.
    ///
    /// - Returns: What happened, in a few words.
    @discardableResult
    package func run(seed: Int) async throws -> String {
        var chance = SeededGenerator(UInt64(seed))
        return switch self {
        case .killedAnytime: try await killAnytime(&chance)
        case .killedAtCall: try await killAtCall(&chance)
        case .brokenFlush: try await inject(.inputOutputError, at: "fdatasync", upTo: 25, &chance)
        case .brokenWrite: try await inject(.inputOutputError, at: "pwrite64", upTo: 250, &chance)
        case .fullDisk: try await inject(.diskFull, at: "pwrite64", upTo: 250, &chance)
        case .crowd: try await crowd(&chance)
        case .contest: try await contest(&chance)
        case .storm: try await storm(seed, &chance)
        case .copiedFiles: try await copyFiles(&chance)
        case .powerLoss: try await losePower(seed, &chance)
        case .powerLossAfterKill: try await losePowerAfterKill(seed, &chance)
        case .powerLossAfterBrokenFlush: try await losePowerAfterBrokenFlush(seed, &chance)
        }
    }

    private func workload(_ name: String = "a", batches: Int = .max, _ chance: inout SeededGenerator) -> Workload {
        var workload = Workload()
        workload.name = name
        workload.batches = batches
        workload.tasks = .random(in: 1...6, using: &chance)
        workload.bytes = [40, 1_000, 5_000].randomElement(using: &chance) ?? 40
        workload.checkpointEvery = [0, 0, 2, 5].randomElement(using: &chance) ?? 0
        return workload
    }

    // MARK: - Processes that die

    private func killAnytime(_ chance: inout SeededGenerator) async throws -> String {
        try await withScratchFolder { folder in
            var account = try Account()
            // Each process goes on where the one before was killed.
            for run in 0..<3 {
                let lines = Int.random(in: 0...25, using: &chance)
                account.merge(try TortureRun.killed(after: lines, workload("run\(run)", &chance), in: folder))
            }
            let found = try await Inspection(folder: folder).expectPromisesKept(account)
            return "\(account.acknowledged.count) batches acknowledged, \(found) found after three kills"
        }
    }

    private func killAtCall(_ chance: inout SeededGenerator) async throws -> String {
        try await withScratchFolder { folder in
            var account = try Account()
            var moments: [String] = []
            for run in 0..<2 {
                let call = ["fdatasync", "pwrite64", "write", "ftruncate", "unlink"].randomElement(using: &chance) ?? "fdatasync"
                let nth = Int.random(in: 1...(call == "pwrite64" ? 300 : 25), using: &chance)
                let injection = Strace.Injection(.kill, at: call, nth...nth)
                let workload = workload("run\(run)", batches: 60, &chance)
                let (told, end) = try TortureRun.run(workload, in: folder, injecting: injection)
                try expect(end == (told.isDone ? .exited(0) : .killed(signal: 9)), "\(injection): the process ended with \(end)")
                account.merge(told)
                moments.append("\(call) \(nth)")
                try await Inspection(folder: folder).expectPromisesKept(account)
            }
            return "\(account.acknowledged.count) batches acknowledged, killed at \(moments.joined(separator: ", then at "))"
        }
    }

    // MARK: - Devices that fail

    private func inject(_ effect: Strace.Injection.Effect, at call: String, upTo most: Int, _ chance: inout SeededGenerator) async throws
        -> String
    {
        let first = Int.random(in: 1...most, using: &chance)
        let length = Int.random(in: 0...3, using: &chance)
        var workload = workload(batches: 30, &chance)
        if length == 3 {
            workload.attempts = 3
            let account = try await FailingDevice(.init(effect, at: call, first...), workload).expectPromisesKept()
            return "\(account.acknowledged.count) acknowledged, \(account.givenUp.count) given up: \(effect) from \(call) \(first) on"
        }
        let account = try await FailingDevice(.init(effect, at: call, first...(first + length)), workload).expectPromisesKept()
        return "\(account.acknowledged.count) acknowledged, \(account.unknown.count + account.refused.count) at the second attempt or later"
    }

    // MARK: - Processes that meet

    private func crowd(_ chance: inout SeededGenerator) async throws -> String {
        try await withScratchFolder { folder in
            let victim = workload("victim", &chance)
            let children = try (0..<2).map { try TortureRun.start(workload("process\($0)", batches: 20, &chance), in: folder) }
            var account = try TortureRun.killed(after: .random(in: 0...20, using: &chance), victim, in: folder)
            for child in children {
                let told = try Account(child.remainingLines())
                let end = child.waitForEnd()
                try expect(told.isDone && end == .exited(0), "a process ended with \(end)")
                account.merge(told)
            }
            let found = try await Inspection(folder: folder).expectPromisesKept(account)
            return "\(account.acknowledged.count) batches acknowledged to three processes, \(found) found"
        }
    }

    private func contest(_ chance: inout SeededGenerator) async throws -> String {
        let (processes, slots) = (Int.random(in: 2...4, using: &chance), Int.random(in: 10...40, using: &chance))
        let fatalLine = Bool.random(using: &chance) ? Int.random(in: 0..<slots, using: &chance) : nil
        return try await withScratchFolder { folder in
            try await Contest.run(processes: processes, slots: slots, killingAt: fatalLine, in: folder)
            let accident = fatalLine.map { ", one of which was killed after \($0) lines" } ?? ""
            return "\(slots) slots went to \(processes) processes\(accident), each once"
        }
    }

    private func storm(_ seed: Int, _ chance: inout SeededGenerator) async throws -> String {
        try await withScratchFolder { folder in
            _ = try await Inspection(folder: folder).expectPromisesKept(Account())
            let seizers = try (0..<2).map { try TortureRun.start("seize", folder, "\(seed + $0)", "40") }
            for seizer in seizers { _ = try seizer.nextLine() }
            let children = try (0..<2).map { try TortureRun.start(workload("process\($0)", batches: 20, &chance), in: folder) }
            var account = try Account(["done"])
            for child in children {
                account.merge(try Account(child.remainingLines()))
                child.waitForEnd()
            }
            for seizer in seizers {
                try expect(try seizer.remainingLines().last == "done", "a process that took the lock was kept out")
                seizer.waitForEnd()
            }
            try expect(account.isDone && account.givenUp.isEmpty, "a batch was never taken in")
            try await Inspection(folder: folder).expectPromisesKept(account)
            return "\(account.acknowledged.count) batches acknowledged, \(account.refused.count) of them refused before"
        }
    }

    private func copyFiles(_ chance: inout SeededGenerator) async throws -> String {
        try await withScratchFolder { folder in
            var workload = workload("a", &chance)
            workload.checkpointEvery = [0, 1, 2].randomElement(using: &chance) ?? 0
            var names = ["events.sqlite", "events.sqlite-wal"].shuffled(using: &chance)
            if Bool.random(using: &chance) { names.insert("events.sqlite-shm", at: .random(in: 0...2, using: &chance)) }
            let child = try TortureRun.start(workload, in: folder)
            let files = CopiedFiles(original: folder, copy: "\(folder)-copy")
            for name in names {
                for _ in 0..<Int.random(in: 1...20, using: &chance) { _ = try child.nextLine() }
                try files.take(name)
            }
            child.kill()
            _ = try child.remainingLines()
            child.waitForEnd()
            let outcome = try await files.expectNothingSilentlyWrong()
            return "\(outcome.rawValue): \(names.joined(separator: ", "))"
        }
    }

    // MARK: - Power

    private func losePower(_ seed: Int, _ chance: inout SeededGenerator) async throws -> String {
        var workload = workload(batches: 16, &chance)
        workload.sessions = .random(in: 1...3, using: &chance)
        return try await losePower(seed, workload, injecting: nil)
    }

    private func losePowerAfterKill(_ seed: Int, _ chance: inout SeededGenerator) async throws -> String {
        let workload = workload(batches: 12, &chance)
        let nth = Int.random(in: 3...15, using: &chance)
        return try await losePower(seed, workload, injecting: Strace.Injection(.kill, at: "fdatasync", nth...nth))
    }

    private func losePowerAfterBrokenFlush(_ seed: Int, _ chance: inout SeededGenerator) async throws -> String {
        var workload = workload(batches: 16, &chance)
        workload.sessions = .random(in: 1...2, using: &chance)
        let first = Int.random(in: 1...15, using: &chance)
        let injection = Strace.Injection(.inputOutputError, at: "fdatasync", first...(first + .random(in: 0...2, using: &chance)))
        return try await losePower(seed, workload, injecting: injection)
    }

    private func losePower(_ seed: Int, _ workload: Workload, injecting injection: Strace.Injection?) async throws -> String {
        var run = try await PowerLoss(of: workload, injecting: injection, seed: seed)
        let report = try await run.expectPromisesKept(states: 30)
        let fault = injection.map { " after \($0)" } ?? ""
        return "\(report.acknowledged) batches, \(report.flushes) flushes, \(report.states) losses of power\(fault)"
    }
}
