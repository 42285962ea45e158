import Glibc

/// Cuts bytes that come in pieces into lines.
struct LineSplitter {
    /// The begin of a line whose end has not come.
    private var begun: [UInt8] = []

    /// Hands over each line that ends in the piece, without its line feed.
    mutating func take(_ piece: UnsafeRawBufferPointer, _ line: (UnsafeRawBufferPointer) -> Void) {
        var rest = piece
        while let start = rest.baseAddress, let end = memchr(start, 0x0a, rest.count) {
            let length = UnsafeRawPointer(end) - start
            let ended = UnsafeRawBufferPointer(rebasing: rest[..<length])
            if begun.isEmpty {
                line(ended)
            } else {
                begun += ended
                begun.withUnsafeBytes(line)
                begun.removeAll(keepingCapacity: true)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
        }
        begun += rest
    }
}

extension UnsafeRawBufferPointer {
    /// The whole number that stands right after the first occurrence of the text; `nil` where there is none.
    func number(after text: StaticString) -> Int64? {
        let pattern = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard count >= pattern.count else { return nil }
        for start in 0...(count - pattern.count)
        where self[start] == pattern[0] && UnsafeRawBufferPointer(rebasing: self[start..<(start + pattern.count)]).elementsEqual(pattern) {
            let digits = self[(start + pattern.count)...].prefix { (0x30...0x39).contains($0) }
            return digits.isEmpty ? nil : digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        return nil
    }

    func starts(with text: StaticString) -> Bool {
        starts(with: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
