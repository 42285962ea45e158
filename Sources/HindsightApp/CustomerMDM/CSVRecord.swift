/// One record of an RFC 4180 file: quoted fields with commas, doubled quotes and line breaks, and any line ending.
struct CSVRecord {
    /// What stands at a place in bytes of which more may come.
    enum Reading {
        case record(CSVRecord)
        /// The record may go on behind the last byte.
        case unfinished
        case malformed(reason: String)
    }

    /// The bytes of each field, without quotes.
    let fields: [[UInt8]]
    /// Behind its line end.
    let end: Int
    /// Lines that it takes up.
    let lines: Int

    /// - Parameter isAtEnd: Whether the last byte is the file's last as well.
    static func read(_ bytes: [UInt8], from start: Int, isAtEnd: Bool) -> Reading {
        var scanner = Scanner(bytes: bytes, index: start, isAtEnd: isAtEnd)
        do throws(Scanner.Stop) {
            return .record(try scanner.record())
        } catch {
            switch error {
            case .unfinished: return .unfinished
            case .malformed(let reason): return .malformed(reason: reason)
            }
        }
    }

    /// Where the line that holds `start` ends, its line end included; `nil` if that has not come.
    static func lineEnd(_ bytes: [UInt8], from start: Int, isAtEnd: Bool) -> Int? {
        guard let end = bytes[start...].firstIndex(where: { $0 == lineFeed || $0 == carriageReturn }) else {
            return isAtEnd ? bytes.count : nil
        }
        guard bytes[end] == carriageReturn else { return end + 1 }
        guard end + 1 < bytes.count else { return isAtEnd ? bytes.count : nil }
        return bytes[end + 1] == lineFeed ? end + 2 : end + 1
    }

    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")

    private struct Scanner {
        enum Stop: Error {
            case unfinished
            case malformed(String)
        }

        let bytes: [UInt8]
        var index: Int
        let isAtEnd: Bool
        private var lines = 1

        init(bytes: [UInt8], index: Int, isAtEnd: Bool) {
            (self.bytes, self.index, self.isAtEnd) = (bytes, index, isAtEnd)
        }

        mutating func record() throws(Stop) -> CSVRecord {
            var fields: [[UInt8]] = []
            while true {
                fields.append(try field())
                guard index < bytes.count else {
                    guard isAtEnd else { throw .unfinished }
                    return CSVRecord(fields: fields, end: index, lines: lines)
                }
                if bytes[index] == UInt8(ascii: ",") {
                    index += 1
                    continue
                }
                guard let end = CSVRecord.lineEnd(bytes, from: index, isAtEnd: isAtEnd) else { throw .unfinished }
                return CSVRecord(fields: fields, end: end, lines: lines)
            }
        }

        /// Leaves the index at a comma, a line end, or behind the last byte.
        private mutating func field() throws(Stop) -> [UInt8] {
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") { return try quotedField() }
            let start = index
            while index < bytes.count, !isSeparator(bytes[index]) { index += 1 }
            return Array(bytes[start..<index])
        }

        private mutating func quotedField() throws(Stop) -> [UInt8] {
            var content: [UInt8] = []
            index += 1
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") {
                    // Whether it is doubled shows only behind it.
                    guard index < bytes.count else {
                        guard isAtEnd else { throw .unfinished }
                        return content
                    }
                    guard bytes[index] == UInt8(ascii: "\"") else {
                        guard isSeparator(bytes[index]) else { throw .malformed("has text behind the quote that closes a field") }
                        return content
                    }
                    index += 1
                }
                if byte == CSVRecord.lineFeed { lines += 1 }
                content.append(byte)
            }
            throw isAtEnd ? .malformed("has a quote that is never closed") : .unfinished
        }

        private func isSeparator(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: ",") || byte == CSVRecord.lineFeed || byte == CSVRecord.carriageReturn
        }
    }
}
