import CustomerMDM
import Foundation
import HindsightApp
import SyntheticCustomers

/// Cards of which it is known whose they are.
struct LabelledCards {
    struct Card {
        let id: CardID
        let person: String
        let attributes: [String: String]
    }

    let cards: [Card]

    init(_ customers: SyntheticCustomers) throws {
        cards = try customers.cards().map { card in
            Card(id: try CardID(source: card.source, id: card.id), person: "\(card.person)", attributes: card.attributes)
        }
    }

    /// Reads a file with a column `person` or `true_person_id` and a column for each attribute, as `birthDate` or `birth_date`; `source` and
    /// `source_id` where they are known.
    ///
    /// - Parameter attribute: One that is left out.
    init(_ path: String, of profile: Profile, without attribute: String? = nil) throws {
        let table = try CSVTable(CompressedFile.read(path), file: path)
        var cards: [Card] = []
        for result in table {
            let row = try result.get()
            var attributes: [String: String] = [:]
            for column in table.heading {
                let name = column.camelCased
                if profile.index(of: name) != nil, name != attribute, !row[column].isEmpty { attributes[name] = row[column] }
            }
            let source = row["source"].isEmpty ? "FILE" : row["source"]
            let id = row["source_id"].isEmpty ? "\(cards.count)" : row["source_id"]
            let person = row["person"].isEmpty ? row["true_person_id"] : row["person"]
            cards.append(Card(id: try CardID(source: source, id: id), person: person, attributes: attributes))
        }
        self.cards = cards
    }
}
