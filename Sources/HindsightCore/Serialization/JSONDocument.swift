/// An index over a checked JSON document in borrowed memory: where each value stands, and where its subtree ends.
///
/// Made in one pass before anything is decoded, so that members can be asked for in any order without scanning the text again. Coding paths
/// are found by walking down the index when an error needs one; decoding itself never builds them.
final class JSONDocument {
    struct Node {
        enum Kind: UInt8 { case null, yes, no, plainNumber, otherNumber, plainString, escapedString, array, object }

        var kind: Kind
        /// The first byte; of a string, the first inside.
        var start: UInt32
        /// Behind the last byte; of a string, behind the last inside; of an object or array, how many members or elements it has.
        var end: UInt32
        /// The node after this one and all inside it.
        var next: UInt32
        /// In an object, the node of the name to compare first: names are mostly asked for in the order in which they stand.
        var hint: UInt32
    }

    /// Empty once the bytes were given back to their owner.
    @exclusivity(unchecked) private(set) var bytes: UnsafeRawBufferPointer
    private let nodes: UnsafeMutablePointer<Node>

    static let root = 0

    private init(_ bytes: UnsafeRawBufferPointer, _ nodes: UnsafeMutablePointer<Node>) {
        (self.bytes, self.nodes) = (bytes, nodes)
    }

    deinit { nodes.deallocate() }

    /// Checks and indexes the document, and ends with the call: a decoder that is kept for longer finds no bytes.
    static func read<Value>(_ bytes: UnsafeRawBufferPointer, _ body: (JSONDocument) throws -> Value) throws -> Value {
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes)
        } catch {
            throw error.asDecodingError
        }
        defer { document.bytes = UnsafeRawBufferPointer(start: nil, count: 0) }
        return try body(document)
    }

    convenience init(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        var indexer = JSONIndexer(bytes)
        do {
            try indexer.indexDocument()
        } catch {
            indexer.nodes.deallocate()
            throw error
        }
        self.init(bytes, indexer.nodes)
    }

    subscript(_ index: Int) -> Node { nodes[index] }

    func bytes(of node: Node) -> Range<Int> {
        precondition(Int(node.end) <= bytes.count, "a decoder is used inside init(from:) only")
        return Int(node.start)..<Int(node.end)
    }

    /// The value of a member that must be there.
    func value(named name: String, in object: Int) throws -> Int {
        guard let value = find(name, in: object) else { throw DecodingError.missing(name, path: path(to: object)) }
        return value
    }

    /// The value of a member, or `nil` if there is none.
    func find(_ name: String, in object: Int) -> Int? {
        var name = name
        return name.withUTF8 { find(UnsafeRawBufferPointer($0), in: object) }
    }

    private func find(_ name: UnsafeRawBufferPointer, in object: Int) -> Int? {
        let node = nodes[object]
        var index = Int(node.hint)
        for _ in 0..<node.end {
            let candidate = index
            index = Int(nodes[candidate + 1].next)
            if index == node.next { index = object + 1 }
            if isName(candidate, name) {
                nodes[object].hint = UInt32(truncatingIfNeeded: index)
                return candidate + 1
            }
        }
        return nil
    }

    @inline(__always)
    private func isName(_ index: Int, _ name: UnsafeRawBufferPointer) -> Bool {
        let range = bytes(of: nodes[index])
        guard nodes[index].kind == .plainString else { return JSONString(range: range, hasEscapes: true).spells(name, in: bytes) }
        return range.count == name.count && bytes.holds(name, at: range.lowerBound)
    }
}

/// Fills the index of a document.
private struct JSONIndexer {
    private var cursor: JSONCursor
    private(set) var nodes: UnsafeMutablePointer<JSONDocument.Node>
    private var capacity: Int
    private var count = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        cursor = JSONCursor(bytes)
        // A name or a value for every ten bytes is usual.
        capacity = bytes.count / 10 + 8
        nodes = .allocate(capacity: capacity)
    }

    mutating func indexDocument() throws(JSONSyntaxError) {
        guard UInt32(exactly: cursor.bytes.count) != nil else { throw cursor.failure("the text is too long") }
        cursor.skipWhiteSpace()
        try indexValue()
        cursor.skipWhiteSpace()
        guard cursor.isAtEnd else { throw cursor.failure("unexpected text after the value") }
    }

    private mutating func indexValue() throws(JSONSyntaxError) {
        let start = cursor.offset
        switch cursor.peek {
        case UInt8(ascii: "\""): append(try cursor.string())
        case UInt8(ascii: "-"), 0x30...0x39:
            let number = try cursor.number()
            append(number.isPlain ? .plainNumber : .otherNumber, number.range)
        case UInt8(ascii: "{"):
            let object = append(.object, start..<start)
            var members = 0
            if try cursor.enterObject() {
                repeat {
                    append(try cursor.memberName())
                    try indexValue()
                    members += 1
                } while try cursor.nextMember()
            }
            close(object, count: members)
        case UInt8(ascii: "["):
            let array = append(.array, start..<start)
            var elements = 0
            if try cursor.enterArray() {
                repeat {
                    try indexValue()
                    elements += 1
                } while try cursor.nextElement()
            }
            close(array, count: elements)
        default:
            let kind: JSONDocument.Node.Kind =
                switch try cursor.literal() {
                case .null: .null
                case .yes: .yes
                case .no: .no
                }
            append(kind, start..<cursor.offset)
        }
    }

    private mutating func append(_ string: JSONString) {
        append(string.hasEscapes ? .escapedString : .plainString, string.range)
    }

    @discardableResult
    private mutating func append(_ kind: JSONDocument.Node.Kind, _ range: Range<Int>) -> Int {
        if count == capacity { grow() }
        let index = count
        count += 1
        // Neither offsets nor nodes, of which there are fewer than bytes, are more than the document's length, which was checked.
        (nodes + index).initialize(
            to: JSONDocument.Node(
                kind: kind, start: UInt32(truncatingIfNeeded: range.lowerBound), end: UInt32(truncatingIfNeeded: range.upperBound),
                next: UInt32(truncatingIfNeeded: count), hint: UInt32(truncatingIfNeeded: count)))
        return index
    }

    private mutating func close(_ container: Int, count children: Int) {
        nodes[container].end = UInt32(truncatingIfNeeded: children)
        nodes[container].next = UInt32(truncatingIfNeeded: count)
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<JSONDocument.Node>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: nodes, count: count)
        nodes.deallocate()
        nodes = larger
        capacity *= 2
    }
}
