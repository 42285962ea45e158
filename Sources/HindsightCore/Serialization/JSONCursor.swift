/// Walks over borrowed JSON bytes and checks what it passes: RFC 8259, well-formed UTF-8, paired surrogates, and a bound on depth.
///
/// The one grammar of the engine: ``JSONText`` checks with it, the Codable decoder indexes with it, and ``MemberReader`` reads with it.
/// Bytes are checked again when they are read although they were when they were stored: files get damaged. Nothing outside `bytes` is
/// ever read, whatever they hold.
struct JSONCursor {
    let bytes: UnsafeRawBufferPointer
    private let count: Int
    private let maximumDepth: Int
    private(set) var offset = 0
    /// Objects and arrays that enclose the cursor.
    private(set) var depth = 0
    private(set) var hasPassedWhiteSpace = false

    init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int = Limits.jsonDepth) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        count = bytes.count
    }

    /// The byte under the cursor. Zero behind the last one: no value, name or delimiter begins with it.
    @inline(__always)
    var peek: UInt8 { offset < count ? bytes[offset] : 0 }

    var isAtEnd: Bool { offset == count }

    func failure(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: offset) }

    /// Puts the cursor back to a place it has stood at before.
    mutating func move(to offset: Int, depth: Int) {
        self.offset = offset
        self.depth = depth
    }

    @inline(__always)
    mutating func skipWhiteSpace() {
        if offset < count, bytes[offset] <= 0x20 { passWhiteSpace() }
    }

    @inline(never)
    private mutating func passWhiteSpace() {
        while offset < count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0a, 0x0d: offset += 1
            default: return
            }
            hasPassedWhiteSpace = true
        }
    }
}

// MARK: - Objects and arrays

extension JSONCursor {
    /// Steps behind `{`, on which the cursor stands.
    ///
    /// - Returns: Whether a member follows; else the cursor stands behind `}`.
    mutating func enterObject() throws(JSONSyntaxError) -> Bool {
        try enter(closing: UInt8(ascii: "}"))
    }

    /// Reads a member's name, and steps to its value.
    mutating func memberName() throws(JSONSyntaxError) -> JSONString {
        guard peek == UInt8(ascii: "\"") else { throw failure("a member name must be a string") }
        let name = try string()
        try stepToValue()
        return name
    }

    /// Steps to the value if the member under the cursor has this name, spelled without escapes.
    @inline(__always)
    mutating func skipName(_ name: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> Bool {
        let closing = offset + 1 + name.count
        guard closing < count, bytes[offset] == UInt8(ascii: "\""), bytes[closing] == UInt8(ascii: "\""),
            bytes.holds(name, at: offset + 1)
        else { return false }
        offset = closing + 1
        try stepToValue()
        return true
    }

    @inline(__always)
    private mutating func stepToValue() throws(JSONSyntaxError) {
        skipWhiteSpace()
        guard peek == UInt8(ascii: ":") else { throw failure("expected ':'") }
        offset += 1
        skipWhiteSpace()
    }

    /// Steps from behind a member's value to the next name, or behind `}`.
    ///
    /// - Returns: Whether there is a next member.
    @inline(__always)
    mutating func nextMember() throws(JSONSyntaxError) -> Bool {
        try next(closing: UInt8(ascii: "}"), or: "expected ',' or '}'")
    }

    /// Steps behind `[`, on which the cursor stands.
    ///
    /// - Returns: Whether an element follows; else the cursor stands behind `]`.
    mutating func enterArray() throws(JSONSyntaxError) -> Bool {
        try enter(closing: UInt8(ascii: "]"))
    }

    /// Steps from behind an element to the next one, or behind `]`.
    ///
    /// - Returns: Whether there is a next element.
    mutating func nextElement() throws(JSONSyntaxError) -> Bool {
        try next(closing: UInt8(ascii: "]"), or: "expected ',' or ']'")
    }

    @inline(__always)
    private mutating func enter(closing: UInt8) throws(JSONSyntaxError) -> Bool {
        guard depth < maximumDepth else { throw .tooDeep(maximumDepth, offset: offset) }
        offset += 1
        skipWhiteSpace()
        if peek == closing {
            offset += 1
            return false
        }
        depth += 1
        return true
    }

    @inline(__always)
    private mutating func next(closing: UInt8, or reason: StaticString) throws(JSONSyntaxError) -> Bool {
        skipWhiteSpace()
        switch peek {
        case UInt8(ascii: ","):
            offset += 1
            skipWhiteSpace()
            return true
        case closing:
            offset += 1
            depth -= 1
            return false
        default: throw failure("\(reason)")
        }
    }

    /// Steps over a value of any kind.
    mutating func skipValue() throws(JSONSyntaxError) {
        switch peek {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "-"), 0x30...0x39: _ = try number()
        case UInt8(ascii: "{"):
            guard try enterObject() else { return }
            repeat {
                _ = try memberName()
                try skipValue()
            } while try nextMember()
        case UInt8(ascii: "["):
            guard try enterArray() else { return }
            repeat { try skipValue() } while try nextElement()
        default: _ = try literal()
        }
    }
}

// MARK: - Scalars

/// Where the inside of a checked string stands.
struct JSONString {
    let range: Range<Int>
    let hasEscapes: Bool
}

/// Where a well-formed number stands.
struct JSONNumber {
    let range: Range<Int>
    /// Whether it is written without point and exponent.
    let isPlain: Bool
}

enum JSONLiteral {
    case null, yes, no
}

extension JSONCursor {
    /// Reads `null`, `true` or `false`; the last to be tried, so it names what is wrong with anything else.
    mutating func literal() throws(JSONSyntaxError) -> JSONLiteral {
        if skip("null") { return .null }
        if skip("true") { return .yes }
        if skip("false") { return .no }
        throw failure(isAtEnd ? "the text ends inside a value" : "unexpected character")
    }

    private mutating func skip(_ word: StaticString) -> Bool {
        let word = word.bytes
        guard offset + word.count <= count, bytes.holds(word, at: offset) else { return false }
        offset += word.count
        return true
    }

    mutating func number() throws(JSONSyntaxError) -> JSONNumber {
        let start = offset
        var isPlain = true
        if peek == UInt8(ascii: "-") { offset += 1 }
        if peek == UInt8(ascii: "0") { offset += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            isPlain = false
            offset += 1
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            isPlain = false
            offset += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        if peek.isDigit { throw failure("a number has no leading zeros") }
        return JSONNumber(range: start..<offset, isPlain: isPlain)
    }

    @inline(__always)
    private mutating func digits() throws(JSONSyntaxError) {
        guard peek.isDigit else { throw failure("expected a digit") }
        while peek.isDigit { offset += 1 }
    }

    /// Reads the string that begins under the cursor.
    mutating func string() throws(JSONSyntaxError) -> JSONString {
        offset += 1
        let start = offset
        var hasEscapes = false
        while true {
            skipPlainWords()
            guard offset < count else { throw failure("the text ends inside a string") }
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return JSONString(range: start..<(offset - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape()
            case 0..<0x20: throw failure("a control character must be escaped")
            case 0x20..<0x80: offset += 1
            default: try multibyteCharacter(first: byte)
            }
        }
    }

    /// Steps over ASCII that stands for itself, eight bytes at a time, as far as whole words go.
    ///
    /// A byte's top bit is set in `marked` if it is over 0x7f, a quote, a backslash or a control character: what is subtracted leaves a
    /// top bit only where there was one, or by a borrow. A borrow can mark a wrong byte only above a rightly marked one, so the lowest is
    /// always right (after Anderson, "Bit Twiddling Hacks", haszero and hasless).
    @inline(__always)
    private mutating func skipPlainWords() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while offset + 8 <= count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            let marked = (word | (quotes &- ones) | (backslashes &- ones) | (word &- ones &* 0x20)) & tops
            guard marked == 0 else {
                offset += marked.trailingZeroBitCount >> 3
                return
            }
            offset += 8
        }
    }

    private mutating func escape() throws(JSONSyntaxError) {
        offset += 1
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 1
        case UInt8(ascii: "u"):
            offset += 1
            let unit = try hexadecimalUnit()
            if UTF16.isTrailSurrogate(unit) { throw failure("lone surrogate") }
            guard UTF16.isLeadSurrogate(unit) else { return }
            guard peek == UInt8(ascii: "\\") else { throw failure("lone surrogate") }
            offset += 1
            guard peek == UInt8(ascii: "u") else { throw failure("lone surrogate") }
            offset += 1
            guard UTF16.isTrailSurrogate(try hexadecimalUnit()) else { throw failure("lone surrogate") }
        default: throw failure("unknown escape")
        }
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek.hexadecimalValue else { throw failure("expected four hexadecimal digits") }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    /// One well-formed UTF-8 sequence of two to four bytes (table 3-7 of the Unicode standard).
    private mutating func multibyteCharacter(first: UInt8) throws(JSONSyntaxError) {
        let second: ClosedRange<UInt8>
        let length: Int
        switch first {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xe1...0xec, 0xee...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw failure("invalid UTF-8")
        }
        guard offset + length <= count, second.contains(bytes[offset + 1]) else { throw failure("invalid UTF-8") }
        for index in (offset + 2)..<(offset + length) where bytes[index] & 0xc0 != 0x80 { throw failure("invalid UTF-8") }
        offset += length
    }
}

extension UInt8 {
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension StaticString {
    /// The text of a literal, which lives as long as the program.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes from `offset` on are those of `other`; they must lie inside.
    @inline(__always)
    func holds(_ other: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        let count = other.count
        // Whole words, and a last one that may overlap the one before.
        if count >= 8 {
            var index = 0
            while index < count - 8 {
                guard isSame(UInt64.self, offset + index, other, index) else { return false }
                index += 8
            }
            return isSame(UInt64.self, offset + count - 8, other, count - 8)
        }
        if count >= 4 { return isSame(UInt32.self, offset, other, 0) && isSame(UInt32.self, offset + count - 4, other, count - 4) }
        for index in 0..<count where self[offset + index] != other[index] { return false }
        return true
    }

    @inline(__always)
    private func isSame<Word: FixedWidthInteger & BitwiseCopyable>(
        _ type: Word.Type, _ offset: Int, _ other: UnsafeRawBufferPointer, _ otherOffset: Int
    ) -> Bool {
        loadUnaligned(fromByteOffset: offset, as: type) == other.loadUnaligned(fromByteOffset: otherOffset, as: type)
    }
}
