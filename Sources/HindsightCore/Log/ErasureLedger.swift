/// Which payloads are missing, and which of them a later `hindsight.payload-erased` event explains.
package struct ErasureLedger: Sendable {
    /// Positions without a payload that no erasure has named yet.
    private var unexplained: Set<Position> = []

    package init() {}

    /// Goes on by one event, the next of the log.
    ///
    /// - Throws: `DecodingError` for an erasure that names no positions.
    package mutating func enter(_ event: borrowing BorrowedEvent) throws {
        guard let data = event.data else {
            unexplained.insert(event.position)
            return
        }
        guard event.type == PayloadErased.type else { return }
        let position = event.position
        unexplained.subtract(try JSON.decode(Positions.self, from: Array(data)).positions.filter { $0 < position })
    }

    /// All that an erasure must say; who wrote one before there was a schema may have said no more.
    private struct Positions: Decodable { let positions: [Position] }

    /// The first payload that is missing without an explanation so far.
    package var firstUnexplained: Position? { unexplained.min() }
}
