/// The members of a JSON object as they are spelled, without decoding them: what an envelope holds passes on byte for byte.
struct JSONMembers {
    /// In the order of the document.
    private(set) var members: [(name: String, value: ArraySlice<UInt8>)] = []

    /// - Parameter object: A checked, compact JSON object.
    init(ofCompact object: [UInt8]) {
        var index = 1
        while index < object.count, object[index] == UInt8(ascii: "\"") {
            let nameEnd = Self.end(ofValueAt: index, in: object)
            let name = String(decoding: object[(index + 1)..<(nameEnd - 1)], as: UTF8.self)
            let valueStart = nameEnd + 1
            let valueEnd = Self.end(ofValueAt: valueStart, in: object)
            members.append((name, object[valueStart..<valueEnd]))
            index = valueEnd + 1
        }
    }

    /// The index after the value that begins at `start`.
    private static func end(ofValueAt start: Int, in object: [UInt8]) -> Int {
        var depth = 0
        var isInString = false
        var index = start
        while index < object.count {
            let byte = object[index]
            if isInString {
                if byte == UInt8(ascii: "\\") {
                    index += 1
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                    if depth == 0 { return index + 1 }
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return index }
                    depth -= 1
                    if depth == 0 { return index + 1 }
                case UInt8(ascii: ","): if depth == 0 { return index }
                default: break
                }
            }
            index += 1
        }
        return index
    }
}
