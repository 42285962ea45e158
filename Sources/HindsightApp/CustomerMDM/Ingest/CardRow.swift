import CustomerMDM

/// Why a row can't be taken in.
package struct RowFault: Error, Equatable, Sendable {
    /// The field or column at fault; `nil` for the row as a whole.
    package let field: String?
    package let reason: String

    init(_ reason: String, field: String? = nil) {
        (self.field, self.reason) = (field, reason)
    }

    init(_ error: InvalidCard) {
        (field, reason) = (error.field, error.reason)
    }
}

/// A row of a file of cards.
struct CardRow: Sendable {
    /// Where it begins, from 1.
    let line: Int
    /// As it stands in the file, without its line end; the beginning of a row that is too long.
    let bytes: [UInt8]
    var isCut = false
    let content: Result<CardDecider.Statement, RowFault>
    /// Where the next row begins.
    let end: FilePlace

    /// `nil` where something is wrong with it.
    var statement: CardDecider.Statement? { if case .success(let statement) = content { statement } else { nil } }

    /// Longer rows are rejected, so that a file without line ends takes no more memory than another.
    static let longest = 1 << 20
    /// What is kept of a row that is too long.
    static let cut = 1_000
}
