/// Russian names as common as they are: the first ones of each list come most often.
struct SyntheticNames: Sendable {
    static let men = words(
        """
        Александр Дмитрий Максим Сергей Андрей Алексей Артём Илья Кирилл Михаил Никита Матвей Роман Егор Арсений Иван Денис Евгений Тимофей \
        Владислав Игорь Владимир Павел Руслан Марк Константин Тимур Олег Ярослав Антон Николай Глеб Данил Савелий Вадим Степан Юрий Богдан \
        Артур Семён Макар Лев Виктор Елисей Виталий Вячеслав Захар Давид Пётр Георгий
        """)
    static let women = words(
        """
        Анастасия Мария Анна Виктория Екатерина Наталья Марина Полина София Дарья Алиса Ксения Александра Елена Вероника Алёна Арина Варвара \
        Валерия Ольга Юлия Татьяна Ирина Светлана Людмила Галина Надежда Любовь Вера Кристина Маргарита Диана Яна Оксана Лариса Тамара Нина \
        Евгения Зоя Жанна Инна Алла Раиса Лидия Зинаида Антонина Василиса Ульяна Милана Кира
        """)
    private static let roots = words(
        """
        Иван Смирн Кузнец Поп Васил Петр Сокол Михайл Новик Фёдор Мороз Волк Алексе Лебед Семён Егор Павл Козл Степан Никол Орл Андре Макар \
        Никит Захар Зайц Соловь Борис Яковл Григор Роман Воробь Серге Кузьм Фрол Александр Дмитр Корол Гус Кисел Иль Максим Пол Сорок Виногр \
        Ковал Бел Медвед Антон Тарас Жук Баран Филип Комар Дав Белоус Герас Богдан Ос Сидор Матве Тит Марк Мирон Крыл Кулик Карп Влас Мельник \
        Денис Гаврил Тихон Казан Афанас Данил Савел Тимоф Фом Черн Абрам Март Ефим Федот Щерб Назар Калин Исак Голуб Чист Быстр Чайк Лаз \
        Родион Анис Ермак Дорон Еф Нест Самой Нов Родн Красн Черныш
        """)
    private static let endings = words("ов ев ин енко чук аев анов")
    static let cities = words(
        "Москва Казань Самара Омск Томск Пермь Тула Уфа Рязань Киров Пенза Курск Тверь Чита Брянск Иваново Сочи Липецк Саратов Воронеж")
    static let streets = words(
        """
        Ленина Мира Садовая Лесная Новая Гагарина Кирова Победы Пушкина Советская Школьная Заречная Южная Полевая Луговая Речная Парковая \
        Молодёжная Центральная Набережная Зелёная Строителей Октябрьская Чехова Горького Толстого Чкалова Суворова Кутузова Жукова
        """)

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// One of the list: the first ones most often, the last ones seldom.
    static func common(of list: [String], _ chance: inout some RandomNumberGenerator) -> String {
        let place = Double.random(in: 0..<1, using: &chance)
        return list[Int(place * place * Double(list.count))]
    }

    static func surname(_ chance: inout some RandomNumberGenerator) -> String {
        common(of: roots, &chance) + common(of: endings, &chance)
    }

    static func patronymic(of father: String, isWoman: Bool) -> String {
        switch father.last {
        case "й": father.dropLast() + (isWoman ? "евна" : "евич")
        case "ь": father.dropLast() + (isWoman ? "евна" : "евич")
        case "а", "я": father.dropLast() + (isWoman ? "ична" : "ич")
        default: father + (isWoman ? "овна" : "ович")
        }
    }
}
