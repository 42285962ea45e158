import FoundationEssentials

/// What a process did to the files of one folder, and what it said, in the order in which it happened: read from strace's record.
struct SystemCallRecord {
    enum Step {
        case create(file: String)
        case write(file: String, offset: Int, bytes: [UInt8])
        case truncate(file: String, size: Int)
        case unlink(file: String)
        case rename(file: String, to: String)
        /// Everything written to the file before it is durable now; if it failed, nobody knows what is.
        case flush(file: String, succeeded: Bool)
        /// The same for the names in the folder.
        case flushNames(succeeded: Bool)
        case say(String)
    }

    let steps: [Step]

    /// - Parameter folder: Its real path, without symbolic links.
    init(path: String, folder: String) throws {
        let record = try Data(contentsOf: URL(filePath: path))
        var steps: [Step] = []
        // A call that another thread interrupted stands on two lines; what it does to a file may happen at either of them.
        var unfinished: [ArraySlice<UInt8>: ArraySlice<UInt8>] = [:]
        for line in Array(record).split(separator: UInt8(ascii: "\n")) {
            let thread = line.prefix { $0 != UInt8(ascii: " ") }
            var call = line.dropFirst(thread.count).drop { $0 == UInt8(ascii: " ") }
            if call.starts(with: "<... ".utf8) {
                guard let start = unfinished.removeValue(forKey: thread), let end = call.firstIndex(of: UInt8(ascii: ">")) else { continue }
                call = ArraySlice(start + call[(end + 1)...])
            } else if call.suffix(16).elementsEqual(" <unfinished ...>".utf8.suffix(16)) {
                let start = call.dropLast(17)
                // What was said may have been heard before the call has returned.
                if start.starts(with: "write(1<".utf8), let step = try Self.step(ArraySlice(start + Array(") = 1".utf8)), in: folder) {
                    steps.append(step)
                } else {
                    unfinished[thread] = start
                }
                continue
            }
            if let step = try Self.step(call, in: folder) { steps.append(step) }
        }
        self.steps = steps
    }

    private static func step(_ call: ArraySlice<UInt8>, in folder: String) throws -> Step? {
        guard let open = call.firstIndex(of: UInt8(ascii: "(")) else { return nil }
        let name = String(decoding: call[..<open], as: UTF8.self)
        // The result stands behind the last "= ": every byte of a text is written as \xNN, so nothing else looks like it.
        guard let equals = call.lastIndex(of: UInt8(ascii: "=")) else { return nil }
        let result = String(
            decoding: call[(equals + 1)...].drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        let arguments = call[(open + 1)..<equals]
        // The process was killed before it did anything.
        if result == "?" { return nil }
        let succeeded = !result.hasPrefix("-")
        let texts = quoted(arguments)
        switch name {
        case "write" where arguments.starts(with: "1<".utf8):
            let line = String(decoding: texts.first ?? [], as: UTF8.self)
            return .say(line.hasSuffix("\n") ? String(line.dropLast()) : line)
        case "pwrite64":
            guard succeeded, let file = file(of: arguments, in: folder), let bytes = texts.first, let written = Int(result) else {
                return nil
            }
            guard let offset = lastNumber(arguments), bytes.count >= written else { throw Contradiction("a write is recorded in part") }
            return .write(file: file, offset: offset, bytes: Array(bytes.prefix(written)))
        case "ftruncate":
            guard succeeded, let file = file(of: arguments, in: folder), let size = lastNumber(arguments) else { return nil }
            return .truncate(file: file, size: size)
        case "fdatasync", "fsync":
            guard let path = path(of: arguments) else { return nil }
            if path == folder { return .flushNames(succeeded: succeeded) }
            return file(path, in: folder).map { .flush(file: $0, succeeded: succeeded) }
        case "openat":
            guard succeeded, contains(arguments, "O_CREAT"), let path = texts.first else { return nil }
            return file(String(decoding: path, as: UTF8.self), in: folder).map { .create(file: $0) }
        case "unlink":
            guard succeeded, let path = texts.first else { return nil }
            return file(String(decoding: path, as: UTF8.self), in: folder).map { .unlink(file: $0) }
        case "rename":
            let names = texts.compactMap { file(String(decoding: $0, as: UTF8.self), in: folder) }
            return succeeded && names.count == 2 ? .rename(file: names[0], to: names[1]) : nil
        case "write", "fallocate", "unlinkat", "renameat", "renameat2":
            let path = path(of: arguments) ?? texts.first.map { String(decoding: $0, as: UTF8.self) }
            guard let path, file(path, in: folder) != nil, succeeded else { return nil }
            throw Contradiction("\(name) on a file of the log: this record cannot be replayed")
        default: return nil
        }
    }

    /// The name of a file of the log. The memory that its processes share is none: it is made anew after a power loss.
    private static func file(_ path: String, in folder: String) -> String? {
        guard path.hasPrefix("\(folder)/events.sqlite"), !path.hasSuffix("-shm") else { return nil }
        return String(path.dropFirst(folder.count + 1))
    }

    private static func file(of arguments: ArraySlice<UInt8>, in folder: String) -> String? {
        path(of: arguments).flatMap { file($0, in: folder) }
    }

    /// The path behind the descriptor that is the first argument, as in `4</a/b>`.
    private static func path(of arguments: ArraySlice<UInt8>) -> String? {
        guard let start = arguments.firstIndex(of: UInt8(ascii: "<")), let end = arguments.firstIndex(of: UInt8(ascii: ">")), start < end
        else { return nil }
        return String(decoding: unescaped(arguments[(start + 1)..<end]), as: UTF8.self)
    }

    private static func quoted(_ arguments: ArraySlice<UInt8>) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var rest = arguments
        while let start = rest.firstIndex(of: UInt8(ascii: "\"")) {
            guard let end = rest[(start + 1)...].firstIndex(of: UInt8(ascii: "\"")) else { break }
            texts.append(unescaped(rest[(start + 1)..<end]))
            rest = rest[(end + 1)...]
        }
        return texts
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4)
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "\\"), index + 3 < text.endIndex {
                bytes.append(hexadecimal(text[index + 2]) << 4 | hexadecimal(text[index + 3]))
                index += 4
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 { digit < 0x3a ? digit - 0x30 : digit - 0x57 }

    /// The last argument.
    private static func lastNumber(_ arguments: ArraySlice<UInt8>) -> Int? {
        let end = arguments.lastIndex(of: UInt8(ascii: ")")) ?? arguments.endIndex
        let start = arguments[..<end].lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 } ?? arguments.startIndex
        return Int(String(decoding: arguments[start..<end], as: UTF8.self))
    }

    private static func contains(_ arguments: ArraySlice<UInt8>, _ word: String) -> Bool {
        String(decoding: arguments, as: UTF8.self).contains(word)
    }
}
