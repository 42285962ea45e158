import Glibc

/// A process as `/proc/<id>/stat` tells of it (proc(5)).
package struct ProcessStatus: Equatable {
    package let cpuSeconds: Double
    package let residentBytes: Double
    /// In seconds.
    package let startedAfterBoot: Double

    /// - Parameters:
    ///   - text: What the file holds: `1 (name) S …`, on one line.
    ///   - ticks: The system's ticks in a second.
    ///   - page: The bytes of a page of memory.
    package init?(_ text: String, ticks: Int, page: Int) {
        // The name may hold spaces and brackets itself, so the last bracket ends it. The third field of the file is our first.
        guard let nameEnd = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: nameEnd)...].split { $0 == " " || $0 == "\n" }
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]), let start = Double(fields[19]),
            let pages = Double(fields[21])
        else { return nil }
        cpuSeconds = (user + system) / Double(ticks)
        residentBytes = pages * Double(page)
        startedAfterBoot = start / Double(ticks)
    }

    static func current() -> ProcessStatus? {
        contents(of: "/proc/self/stat").flatMap {
            ProcessStatus($0, ticks: sysconf(Int32(_SC_CLK_TCK)), page: sysconf(Int32(_SC_PAGESIZE)))
        }
    }

    /// When the machine started, in seconds since 1970.
    static func bootTime() -> Double? {
        contents(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }

    private static func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: contents, as: UTF8.self) }
            contents += buffer[..<count]
        }
    }
}
