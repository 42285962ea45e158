import FoundationEssentials
import Glibc
import HindsightTesting

/// Takes the power away from a process that appends, at many moments of one run, and inspects what is found each time.
package struct PowerLoss {
    private let steps: [SystemCallRecord.Step]
    private let injection: Strace.Injection?
    private var generator: SeededGenerator

    /// What was looked at.
    package struct Report: Sendable {
        /// Flushes that the process waited for.
        package var flushes = 0
        package var acknowledged = 0
        /// States of the folder that were opened.
        package var states = 0
    }

    /// Runs `workload` and writes down all that it does.
    ///
    /// - Parameter injection: A call that fails on the way. If it kills the process, another one does the same work again.
    package init(of workload: Workload, injecting injection: Strace.Injection? = nil, seed: Int) async throws {
        self.injection = injection
        generator = SeededGenerator(UInt64(seed))
        steps = try await withScratchFolder { folder in
            let (first, end) = try Self.record(workload, in: folder, injecting: injection)
            if end == .exited(0) { return first }
            try expect(injection?.effect == .kill && end == .killed(signal: SIGKILL), "the recorded process ended with \(end)")
            let (second, laterEnd) = try Self.record(workload, in: folder)
            try expect(laterEnd == .exited(0), "the second recorded process ended with \(laterEnd)")
            return first + second
        }
    }

    private static func record(
        _ workload: Workload, in folder: String, injecting injection: Strace.Injection? = nil
    ) throws -> (steps: [SystemCallRecord.Step], end: ChildProcess.End) {
        let command = [TortureRun.program, "append", folder] + workload.arguments
        let record = "\(folder).strace"
        let child = try ChildProcess("strace", Strace.arguments(recordingInto: record, injecting: injection, command: command))
        _ = try child.remainingLines()
        let end = child.waitForEnd()
        return (try SystemCallRecord(path: record, folder: folder).steps, end)
    }

    /// Opens about `states` states that the folder may be found in, spread over the whole run, and expects every promise kept in each.
    package mutating func expectPromisesKept(states: Int) async throws -> Report {
        let moments = steps.count(where: \.isWorthALook)
        try expect(moments > 0, "nothing was recorded")
        return try await expectPromisesKept { step, generator in
            guard step.isWorthALook, Int.random(in: 0..<moments, using: &generator) < states else { return [] }
            return [DiskModel.Loss.allCases.randomElement(using: &generator) ?? .everything]
        }
    }

    /// Opens the folder as it is before every single step, with all that waits for a flush lost and with none of it, and expects every
    /// promise kept in each.
    package mutating func expectPromisesKeptBeforeEachStep() async throws -> Report {
        try await expectPromisesKept { _, _ in [.everything, .nothing] }
    }

    /// - Parameter losses: What of the steps that wait for a flush is lost before this one, in the states that are to be opened.
    private mutating func expectPromisesKept(
        losing losses: (SystemCallRecord.Step, inout SeededGenerator) -> [DiskModel.Loss]
    ) async throws -> Report {
        var (report, disk, account) = (Report(), DiskModel(), try Account())
        for (number, step) in steps.enumerated() {
            // Before the step: what waits for a flush is most just before it.
            for loss in losses(step, &generator) {
                try await inspect(disk.files(after: loss, using: &generator), account, "power lost before step \(number), \(loss) of it")
                report.states += 1
            }
            disk.apply(step)
            if case .say(let line) = step { try account.read(line) }
            if case .flush = step { report.flushes += 1 }
        }
        try await inspect(disk.files(after: .everything, using: &generator), account, "power lost at the end")
        report.states += 1
        report.acknowledged = account.acknowledged.count
        try expect(report.flushes > 0, "the process never flushed")
        return report
    }

    private func inspect(_ files: [String: [UInt8]], _ account: Account, _ moment: String) async throws {
        // In memory: what is under test has happened before.
        let memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : nil
        do {
            try await withScratchFolder(in: memory) { folder in
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)")) }
                try await Inspection(folder: folder).expectPromisesKept(account)
            }
        } catch {
            let fault = injection.map { "after \($0), " } ?? ""
            throw Contradiction("\(fault)\(moment): \(error)")
        }
    }
}

extension SystemCallRecord.Step {
    /// Whether the power is lost before this step, too: writes follow each other too closely to try each.
    fileprivate var isWorthALook: Bool {
        switch self {
        case .flush, .flushNames, .create, .unlink, .rename, .truncate, .say: true
        case .write(_, let offset, _): offset / 4_096 % 5 == 0
        }
    }
}
