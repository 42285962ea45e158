import Foundation
import Glibc
import HindsightRuntime
import SQLiteConnection

/// What the figures are taken on.
enum Machine {
    /// In lines for a person.
    static func description(of folder: WorkFolder) throws -> [String] {
        let process = ProcessInfo.processInfo
        let library = Connection.libraryVersion
        let fileSystem = try fileSystem(of: folder)
        let warning = fileSystem == "tmpfs" ? ", WHICH IS MEMORY: flushing costs nothing there" : ""
        return [
            "\(process.activeProcessorCount) cores, \(process.physicalMemory >> 30) GiB, \(process.operatingSystemVersionString), "
                + "SQLite \(library / 1_000_000).\(library / 1_000 % 1_000).\(library % 1_000), \(SystemClock().now())",
            "databases in \(folder.path) (\(fileSystem)\(warning))",
        ]
    }

    /// The most memory that this process ever had resident, in bytes.
    static func peakMemory() throws -> Int { try memory("VmHWM", of: "self") }

    /// The memory that the process has resident now, in bytes.
    static func residentMemory(of process: Int32) throws -> Int { try memory("VmRSS", of: "\(process)") }

    /// - Parameter field: A line of status in proc(5).
    private static func memory(_ field: String, of process: String) throws -> Int {
        let path = "/proc/\(process)/status"
        let line = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("\(field):") }
        guard let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw BenchmarkFailure("\(path) names no \(field)")
        }
        return kibibytes * 1_024
    }

    /// How many processes wanted a core in the last minute, this program's among them.
    static func load() throws -> Double {
        var averages = [0.0]
        guard getloadavg(&averages, 1) == 1 else { throw BenchmarkFailure("the system tells no load average") }
        return averages[0]
    }

    /// How long the disk takes to flush four kibibytes: it explains rounds that stand out.
    static func flushes(in folder: WorkFolder, count: Int = 200) throws -> Sample {
        let path = folder.entry("flushed")
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchmarkFailure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 0x5a, count: 4_096)
        let nanoseconds = try (0..<count).map { number in
            let watch = Stopwatch()
            guard pwrite(descriptor, page, page.count, off_t(number * page.count)) == page.count, fdatasync(descriptor) == 0 else {
                throw BenchmarkFailure("\(path): \(String(cString: strerror(errno)))")
            }
            return watch.nanoseconds
        }
        try folder.remove("flushed")
        return Sample(name: "flush", events: count, calls: nanoseconds)
    }

    /// The kind of file system that the folder lies on: that of the innermost mount above it.
    private static func fileSystem(of folder: WorkFolder) throws -> String {
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8).split(separator: "\n").map { line in
            line.split(separator: " ").map(String.init)
        }
        let above = mounts.filter { $0.count > 2 && (folder.path + "/").hasPrefix($0[1] == "/" ? "/" : $0[1] + "/") }
        guard let innermost = above.max(by: { $0[1].utf8.count < $1[1].utf8.count }) else {
            throw BenchmarkFailure("/proc/self/mounts names nothing above \(folder.path)")
        }
        return innermost[2]
    }
}
