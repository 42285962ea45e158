import EventLogSQLite
import Glibc
import HindsightCore
import HindsightRuntime
import LogFaults

extension Torturer {
    /// Reads what is selected by one property, and says how many events that were and how many bytes the process read for them.
    func read() async throws {
        let log = try SQLiteEventLog.open(folder: word(1), clock: SystemClock(), mode: .readOnly)
        let selection = EventSelection(try filter(word(2), named: word(3)), limit: .max)
        let before = try bytesRead()
        let events = try await log.read(selection)
        say("read \(events.count) \(try bytesRead() - before)")
        await log.close()
    }

    private func filter(_ property: String, named name: String) throws -> EventFilter {
        switch property {
        case "stream": EventFilter(stream: try StreamName(name))
        case "category": EventFilter(categories: [try Category(name)])
        case "type": EventFilter(types: [try EventType(name)])
        case "tag": EventFilter(tags: [try Tag(name)])
        default: throw Contradiction("\(property) is no property of an event")
        }
    }

    /// What this process has read from files so far: the first line of /proc/self/io, see proc(5).
    private func bytesRead() throws -> Int {
        guard let file = fopen("/proc/self/io", "r") else { throw Contradiction("/proc/self/io cannot be read: error \(errno)") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil,
            let text = String(validating: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self),
            text.hasPrefix("rchar: "), let count = Int(text.dropFirst("rchar: ".count).filter(\.isNumber))
        else { throw Contradiction("/proc/self/io does not begin with rchar") }
        return count
    }
}
