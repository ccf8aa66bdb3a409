"""Names of rendered people: given and family names of many cultures, never both of the same one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

# culture: given names of women, of men, family names
_NAMES = {
    "Akan": ("Abena Akosua Esi Yaa", "Kofi Kwame Kojo Yaw", "Asante Boateng Mensah Owusu Osei"),
    "Amharic": ("Aster Hiwot Mulu Selam", "Abebe Dawit Kebede Tesfaye", "Alemu Bekele Desta Girma Tadesse"),
    "Arabic": ("Amina Layla Noor Salma", "Karim Omar Samir Tariq", "Darwish Haddad Khoury Mansour Nasser"),
    "Bengali": ("Ananya Mitali Rupa Shirin", "Arnab Kamal Rafiq Sujoy", "Banerjee Chowdhury Dutta Ghosh Sarkar"),
    "Chinese": ("Lan Mei Xiu Ying", "Bo Hao Jun Wei", "Chen Guo Lin Zhao Zhou"),
    "Dutch": ("Anneke Femke Lotte Sanne", "Bram Jeroen Pieter Ruben", "Bakker de_Vries Jansen Mulder Visser"),
    "Finnish": ("Aino Helmi Kaisa Tuuli", "Eero Mikko Onni Veikko", "Korhonen Laine Niemi Salo Virtanen"),
    "French": ("Camille Elise Margot Odile", "Bastien Luc Olivier Thierry", "Bernard Dubois Girard Lambert Moreau"),
    "Greek": ("Daphne Eleni Ioanna Zoe", "Kostas Nikos Petros Yannis", "Galanis Kouris Markou Pappas Vlachos"),
    "Hawaiian": ("Kailani Leilani Malia Noelani", "Ikaika Kaleo Keoni Makoa", "Akana Kahale Kalani Mahoe Palakiko"),
    "Hindi": ("Asha Deepa Kavita Priya", "Arjun Manoj Rohan Vikram", "Gupta Joshi Mehta Sharma Verma"),
    "Igbo": ("Adaeze Chioma Ifeoma Ngozi", "Chidi Emeka Ikenna Obinna", "Eze Nwosu Obi Okafor Okeke"),
    "Japanese": ("Aiko Emi Haruka Sakura", "Daichi Hiroshi Kenji Takumi", "Fujita Ito Mori Tanaka Yamada"),
    "Korean": ("Eunji Hana Minseo Soyeon", "Dongwoo Jiho Minjun Sungho", "Choi Jung Kang Seo Yoon"),
    "Maori": ("Anahera Hinemoa Mereana Ngaire", "Hemi Matiu Rangi Tane", "Henare Ngata Parata Tamihana Waititi"),
    "Persian": ("Azar Laleh Parisa Shirin", "Behrouz Dariush Kaveh Navid", "Farhadi Jafari Karimi Rostami Tehrani"),
    "Polish": ("Agnieszka Hanna Kasia Zofia", "Jakub Marek Piotr Tomasz", "Dudek Kowalski Lis Nowak Zając"),
    "Quechua": ("Illari Killa Sami Urpi", "Amaru Inti Rumi Wayra", "Condori Huaman Mamani Quispe Yupanqui"),
    "Spanish": ("Alba Carmen Inés Lucía", "Diego Javier Mateo Rafael", "Castro Delgado Flores Ramos Vega"),
    "Swahili": ("Asha Neema Rehema Zawadi", "Baraka Hamisi Juma Salim", "Abdalla Kamau Mwangi Njoroge Otieno"),
    "Swedish": ("Astrid Ebba Ingrid Linnea", "Anders Björn Lars Nils", "Berg Dahl Lindqvist Nyström Sandberg"),
    "Tamil": ("Devi Kamala Malar Yazhini", "Arul Kumaran Murugan Selvan", "Iyer Natarajan Pillai Raman Subramanian"),
    "Turkish": ("Ayşe Defne Elif Zeynep", "Cem Emre Kerem Mehmet", "Aydın Demir Kaya Öztürk Yıldız"),
    "Vietnamese": ("Hoa Lan Mai Thu", "Dung Hai Minh Tuan", "Bui Dang Ho Pham Vo"),
    "Welsh": ("Bronwen Carys Megan Seren", "Dylan Emrys Gareth Rhys", "Bevan Griffiths Howell Morgan Pritchard"),
}


def names_for(seed: int, masculine: Sequence[bool]) -> tuple[str, ...]:
    """A name for each person, no two the same; a longer list begins with the names of a shorter one."""
    lists = {is_man: _shuffled(seed, is_man) for is_man in (False, True)}
    counts = {False: 0, True: 0}
    names = []
    for is_man in masculine:
        round_, at = divmod(counts[is_man], len(lists[is_man]))
        names.append(lists[is_man][at] + (f" {round_ + 1}" if round_ else ""))
        counts[is_man] += 1
    return tuple(names)


def _shuffled(seed: int, masculine: bool) -> list[str]:
    names = _full_names(masculine)
    return [names[i] for i in np.random.default_rng([seed, 2]).permutation(len(names))]


@cache
def _full_names(masculine: bool) -> list[str]:
    return sorted(
        {
            f"{given} {family.replace('_', ' ')}"
            for culture, (women, men, _) in _NAMES.items()
            for other, (_, _, families) in _NAMES.items()
            if culture != other
            for given in (men if masculine else women).split()
            for family in families.split()
        }
    )
